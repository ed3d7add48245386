"""The restore pages: list, wizard, a restore and its items. Rendered from the database alone (R34, R43)."""

from ops_admin.intune.restore.views import actions, groups, items, pages, secrets, sources
from ops_admin.intune.restore.views.blueprint import blueprint

__all__ = ["actions", "blueprint", "groups", "items", "pages", "secrets", "sources"]
