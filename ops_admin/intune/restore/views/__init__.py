"""The pages of restores: list, wizard, the restore and its items; from the database alone (R34, R43)."""

from flask import Blueprint

blueprint = Blueprint("restores", __name__, url_prefix="/tenants/<int:tenant_id>/restores")

# Below, because the pages put themselves on the blueprint.
from ops_admin.intune.restore.views import actions, groups, items, pages, sources  # noqa: E402

__all__ = ["actions", "blueprint", "groups", "items", "pages", "sources"]
