"""Failure codes of operations on policies and versions (R7)."""

from flask_babel import lazy_gettext as _

POLICY_NOT_FOUND = "policies.not_found"
NEVER_READ = "policies.never_read"
NOTHING_TO_EXPORT = "policies.nothing_to_export"
UNKNOWN_TYPE = "policies.unknown_type"
SELECTION_MISSING = "policies.selection_missing"
VERSION_NOT_FOUND = "policy_versions.not_found"
VERSION_IS_NEWEST = "policy_versions.newest"

SELECTION_CODES: dict[str, object] = {
    SELECTION_MISSING: _("What was chosen is not known any more. Choose again."),
}
POLICY_CODES: dict[str, object] = {
    **SELECTION_CODES,
    POLICY_NOT_FOUND: _("A selected policy is not among this tenant's policies any more."),
}
EXPORT_CODES: dict[str, object] = {
    **POLICY_CODES,
    NEVER_READ: _("The content of this policy was never read, so there is nothing to export. Sync it first."),
    NOTHING_TO_EXPORT: _("None of the selected policies has content that could be exported, so no file was made."),
}
SYNC_CODES: dict[str, object] = {
    **POLICY_CODES,
    UNKNOWN_TYPE: _("This version of the console does not know this type of policy."),
}
VERSION_CODES: dict[str, object] = {
    **SELECTION_CODES,
    VERSION_NOT_FOUND: _("A selected version is not among the versions of this tenant's policies any more."),
    VERSION_IS_NEWEST: _(
        "The newest version says what the tenant holds: it can be neither archived nor deleted. "
        "Delete the policy from the console instead."
    ),
}
