"""The pages of policies and versions, and their actions (R17, R41). They read only the database (R34)."""

from ops_admin.intune.policies.views import bulk, deleting, exports, inline, pages, versions
from ops_admin.intune.policies.views.blueprint import blueprint

__all__ = ["blueprint", "bulk", "deleting", "exports", "inline", "pages", "versions"]
