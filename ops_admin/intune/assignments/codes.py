"""Failure codes of fetching and restoring assignments, with their explanations."""

from flask_babel import lazy_gettext as _

POLICY_MISSING = "assignments.policy_missing"
NO_VERSION = "assignments.no_version"
NOT_STORED = "assignments.not_stored"
GROUP_UNDECIDED = "assignments.group_undecided"
SAME_TARGET = "assignments.same_target"
BACKUP_MISSING = "assignments.backup_missing"
CORRUPT = "assignments.corrupt"

ASSIGNMENT_CODES: dict[str, object] = {
    POLICY_MISSING: _(
        "This policy is not among the policies that the console knows of this tenant. Sync the tenant, then choose "
        "again; what was deleted in the tenant itself is brought back by a restore of the policy."
    ),
    NO_VERSION: _(
        "The content of this policy was never read, so there is no version to keep assignments with. Sync it."
    ),
    NOT_STORED: _("No assignments are stored for this policy there: they were never fetched, or could not be read."),
    GROUP_UNDECIDED: _(
        "A group of the stored assignments is not in the cached directory. Map it to a group that is, or skip it. "
        "Nothing is written to the policy."
    ),
    SAME_TARGET: _("Two groups that are assigned differently were mapped to one. Nothing is written to the policy."),
    BACKUP_MISSING: _("The backup set is not one of this tenant's, or it was deleted."),
    CORRUPT: _(
        "What the backup holds of this policy's assignments is not what was captured: it was changed or damaged since. "
        "Nothing is written to the policy. Restore from another backup, or from one of the policy's versions."
    ),
}
