"""Secrets in bodies: the token of a value is worthless in another tenant."""

from __future__ import annotations

from ops_admin.simulator.errors import GraphError, bad_request
from ops_admin.simulator.refusals.words import unexplained
from ops_admin.simulator.secrets import HIDDEN, PRE_SHARED_KEY, secret_values
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

PERSONAL = ("wpaPersonal", "wpa2Personal", "wep")


def check_oma(tenant: Tenant, body: Document, current: Document | None) -> None:
    """An encrypted row is accepted only by the policy that it comes from.

    powershell-intune-samples #179, IntuneBackupAndRestore #39 (reference), Microsoft365DSC #4083 (encrypted).
    """
    own = {row.get("secretReferenceValueId") for row in (current or {}).get("omaSettings") or []} - {None}
    for row in body.get("omaSettings") or []:
        reference = row.get("secretReferenceValueId")
        if reference and reference not in own:
            text = f"SecretReferenceValueId invalid for {'update' if current else 'create'}."
            raise GraphError(400, "NotSupported", text)
        if row.get("isEncrypted") and not reference:
            raise bad_request("IsEncrypted is set by the service.", intune=True)


def check_settings(tenant: Tenant, body: Document, _current: Document | None) -> None:
    """A token of another tenant is refused. With `foreign_tokens` "break" it is kept without effect."""
    if tenant.conduct.foreign_tokens != "refuse":
        return
    for value in secret_values(body):
        if value.get("valueState") == HIDDEN and value.get("value") not in tenant.secrets:
            raise unexplained()


def check_wireless_key(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """A new network with a key needs the key, which no read ever returned."""
    personal = body.get("wifiSecurityType", body.get("wiFiSecurityType")) in PERSONAL
    if current is None and personal and not body.get(PRE_SHARED_KEY):
        raise bad_request("PreSharedKey is required for this security type.", intune=True)
