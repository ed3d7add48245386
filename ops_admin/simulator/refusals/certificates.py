"""Certificates that a profile must be bound to."""

from __future__ import annotations

from ops_admin.simulator.refusals.words import unexplained
from ops_admin.simulator.relations import kind_of, links_of
from ops_admin.simulator.resources import BY_KEY
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

ROOT = "rootCertificate"
IDENTITY = ("identityCertificate", "identityCertificateForClientAuthentication")


def check_certificates(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """A new profile names its root certificate, and its identity certificate if it signs in with one.

    Microsoft365DSC binds the root of a SCEP profile in the create and cannot create it otherwise. Networks that sign in
    by certificate are the same case (Microsoft's articles on certificate profiles: the root must exist first).
    """
    if current is not None:
        return
    links = links_of(BY_KEY["deviceConfigurations"], kind_of(BY_KEY["deviceConfigurations"], body))
    wanted = [ROOT, *(IDENTITY if _signs_in_by_certificate(body) else ())]
    for name in wanted:
        if name in links and f"{name}@odata.bind" not in body:
            raise unexplained()


def _signs_in_by_certificate(body: Document) -> bool:
    return body.get("authenticationMethod") == "certificate" or body.get("eapType") == "eapTls"
