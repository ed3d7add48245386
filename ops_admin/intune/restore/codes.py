"""The failure codes of restores and their items, with explanations for readers (R43)."""

from flask_babel import lazy_gettext as _

ITEM_UNREADABLE = "restore.item_unreadable"
ITEM_CORRUPT = "restore.item_corrupt"
ITEM_ODD = "restore.item_odd"
ITEM_GONE = "restore.item_gone"
TYPE_UNKNOWN = "restore.type_unknown"
DEFAULT_MISSING = "restore.default_missing"
CONFLICT = "restore.conflict"
AMBIGUOUS = "restore.ambiguous"
TOO_MANY_CANDIDATES = "restore.too_many_candidates"
TARGET_CHANGED = "restore.target_changed"
KIND_DIFFERS = "restore.kind_differs"
SURPLUS_STAYS = "restore.surplus_stays"
GROUP_MISSING = "restore.group_missing"
GROUPS_UNDECIDED = "restore.groups_undecided"
GROUP_INSIDE_SKIPPED = "restore.group_inside_skipped"
FILTER_MISSING = "restore.filter_missing"
ASSIGNMENTS_DROPPED = "restore.assignments_dropped"
SAME_TARGET = "restore.same_target"
ROLE_MISSING = "restore.role_missing"
REFERENCE_UNMAPPED = "restore.reference_unmapped"
REFERENCE_SKIPPED = "restore.reference_skipped"
REFERENCE_CIRCLE = "restore.reference_circle"
DEPENDENCY_FAILED = "restore.dependency_failed"
PACKAGE_MISSING = "restore.package_missing"
FOREIGN_IDS = "restore.foreign_ids"
SECRET_MISSING = "restore.secret_missing"  # noqa: S105  # nosec  # a code
EDITED = "restore.edited"
NOT_READY = "restore.not_ready"
TAKEN_OVER = "restore.taken_over"
STOPPED = "restore.stopped"

ON_PURPOSE = frozenset({DEFAULT_MISSING, GROUP_INSIDE_SKIPPED, REFERENCE_SKIPPED})
"""What is left out because somebody chose so, or because every tenant has its own: skipped, not failed."""

RESTORE_CODES: dict[str, object] = {
    ITEM_UNREADABLE: _("The backup holds no content of this policy: it could not be read when the backup was made."),
    ITEM_CORRUPT: _("What the backup holds is not this policy as it was captured, so it is not written."),
    ITEM_ODD: _("The policy is made of something that this console does not know, so it is not written."),
    ITEM_GONE: _("The backup does not hold this policy any more. It was probably deleted."),
    TYPE_UNKNOWN: _("The backup names a kind of policy that this console cannot write."),
    DEFAULT_MISSING: _(
        "This is a default that every tenant has of its own. It can be changed but not created, "
        "and the tenant shows none."
    ),
    CONFLICT: _("Several policies of the tenant have this name. Decide on the item's page which one is meant."),
    AMBIGUOUS: _(
        "An earlier attempt may have created this policy, and more than one policy could be it. Look into the tenant."
    ),
    TOO_MANY_CANDIDATES: _(
        "So many policies of the tenant have this name that they cannot be compared. "
        "Rename or remove some there, then preview again."
    ),
    TARGET_CHANGED: _("The tenant was changed after the preview, so this policy was not written. Preview again."),
    KIND_DIFFERS: _(
        "The tenant has a policy of another kind under this policy's id. A policy cannot change its kind, "
        "so nothing was written."
    ),
    SURPLUS_STAYS: _(
        "Everything of the backup was written, but the policy in the tenant has more settings than the backup, and "
        "Microsoft Graph does not take them away. Remove them there, then execute again to write the assignments."
    ),
    GROUP_MISSING: _("The policy itself names a group that does not exist in the tenant any more, so it was left out."),
    ASSIGNMENTS_DROPPED: _(
        "Some assignments in the backup are dropped: their group or filter was skipped, or does not exist in the "
        "tenant any more. The policy's page names them."
    ),
    GROUPS_UNDECIDED: _("A group of the source is neither mapped nor skipped, so nothing may be written for it."),
    GROUP_INSIDE_SKIPPED: _(
        "The policy itself names a group that was skipped: without it the policy would reach other people, "
        "so it was left out. Map the group to restore it."
    ),
    FILTER_MISSING: _(
        "An assignment filter of the source is not mapped to one of the tenant, or that one does not exist any more. "
        "The assignments that use it were left out: without the filter they would reach more devices."
    ),
    SAME_TARGET: _(
        "Groups that are assigned differently were mapped to one group: one of the assignments was left out."
    ),
    REFERENCE_UNMAPPED: _(
        "The policy refers to something that the tenant does not have, or has more than once under that name. "
        "Map it to restore the policy."
    ),
    REFERENCE_SKIPPED: _("The policy refers to something that was skipped, so the policy was left out."),
    REFERENCE_CIRCLE: _("Policies refer to each other in a circle, so none of them can be created first."),
    DEPENDENCY_FAILED: _("Another policy that this one refers to could not be written, so this one was left out."),
    PACKAGE_MISSING: _(
        "The app's package is not part of a backup. Upload it in the tenant, or approve it in the store there, "
        "under the same name; then preview again."
    ),
    ROLE_MISSING: _("The role that this role assignment gives does not exist in the tenant."),
    FOREIGN_IDS: _(
        "The policy names locations, users, roles, applications or other things of its own tenant by ids that mean "
        "nothing in this one, so it was left out. Its page says which. Make it there by hand."
    ),
    SECRET_MISSING: _(
        "The policy has a secret that Microsoft Graph did not return when the backup was made, so it was left out. "
        "Enter the secret before the preview to restore the policy."
    ),
    EDITED: _("The restore was changed while the preview was running. Preview again."),
    NOT_READY: _("The restore is not in a state in which this can be done."),
    TAKEN_OVER: _("Another run has taken this restore over."),
    STOPPED: _("Microsoft Graph stopped answering, so the rest was not tried. Execute again to continue."),
}
