"""The states of restores, their items and their mappings (R43). Pure."""

from enum import StrEnum


class RestoreStatus(StrEnum):
    """Where a restore stands. Its adapter run exists from `previewed` on and mirrors it in its own terms."""

    DRAFT = "draft"
    PREVIEWED = "previewed"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What the preview says will happen to an item."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    """Several of the tenant's policies match; the user decides."""
    SKIP = "skip"
    """Nothing is written, by the user's choice or because of the item's `problem_code`."""


class MatchRule(StrEnum):
    """How the tenant's policy was matched."""

    ORIGIN_ID = "origin_id"
    NAME = "name"
    NONE = "none"
    CHOICE = "choice"


class Choice(StrEnum):
    """The user's decision on an item in conflict."""

    UPDATE = "update"
    CREATE = "create"
    SKIP = "skip"


class ItemState(StrEnum):
    """The write progress of an item, or of its assignments."""

    PENDING = "pending"
    WRITING = "writing"
    """Announced before the write. Whoever finds it checks the tenant before writing again."""
    WRITTEN = "written"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"


class AssignMode(StrEnum):
    """What becomes of the assignments that a policy has in the tenant (R58)."""

    KEEP = "keep"
    """They stay as they are; those of the backup are not restored."""
    MERGE = "merge"
    """Those of the backup are added."""
    REPLACE = "replace"
    """Those of the backup take their place."""


class Decision(StrEnum):
    """What to do with a source group that the backup's assignments refer to."""

    MAP = "map"
    SKIP = "skip"


DONE = (ItemState.WRITTEN, ItemState.UNCHANGED, ItemState.SKIPPED)
"""An execution leaves these alone."""
EDITABLE = (RestoreStatus.DRAFT, RestoreStatus.PREVIEWED)
ENDED = (RestoreStatus.COMPLETED, RestoreStatus.PARTIAL, RestoreStatus.FAILED, RestoreStatus.CANCELLED)
EXECUTABLE = (RestoreStatus.PREVIEWED, RestoreStatus.PARTIAL, RestoreStatus.FAILED, RestoreStatus.CANCELLED)
ACTIVE = (RestoreStatus.QUEUED, RestoreStatus.RUNNING)
