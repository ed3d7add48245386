"""The pages of policies and versions, and what can be done on them (R17, R41); from the database alone (R34)."""

from ops_admin.intune.policies.views import bulk, deleting, exports, inline, pages, versions
from ops_admin.intune.policies.views.blueprint import blueprint

__all__ = ["blueprint", "bulk", "deleting", "exports", "inline", "pages", "versions"]
