"""Apps: what a body may not contain, and what is impossible without content."""

from __future__ import annotations

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.refusals.words import unexplained
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

UNPUBLISHED = "Invalid operation: app's PublishingState is not 'Published'."


def check_app(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """Microsoft 365 refuses an unset file format from an export (IntuneManagement: Start-PreImportApplication).

    Categories are added by `$ref`, one by one (microsoft-graph-docs #6029); IntuneManagement
    leaves them out of a create.
    """
    if current is None and body.get("officeSuiteAppDefaultFileFormat") == "notConfigured":
        raise unexplained()
    if "categories@odata.bind" in body:
        raise unexplained()


def check_published(app: Document) -> None:
    """An app needs content to be assigned or related (andrew-s-taylor/public #20, IntuneManagement #323)."""
    if app.get("publishingState") != "published":
        raise bad_request(UNPUBLISHED, intune=True)
