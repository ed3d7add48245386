"""What a restore, its items and its groups can be (R43). Pure."""

from enum import StrEnum


class RestoreStatus(StrEnum):
    """Where a restore is; its adapter run exists from `previewed` on and says the same in its own words."""

    DRAFT = "draft"
    PREVIEWED = "previewed"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What the preview says would happen to an item."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    """Several policies of the tenant could be meant: the user decides."""
    SKIP = "skip"
    """Nothing would be written: by the user's choice, or because of the item's `problem_code`."""


class MatchRule(StrEnum):
    """By which rule the tenant's policy was found."""

    ORIGIN_ID = "origin_id"
    NAME = "name"
    NONE = "none"
    CHOICE = "choice"


class Choice(StrEnum):
    """What the user decided about an item in conflict."""

    UPDATE = "update"
    CREATE = "create"
    SKIP = "skip"


class ItemState(StrEnum):
    """How far the writing of an item, or of its assignments, has come."""

    PENDING = "pending"
    WRITING = "writing"
    """Announced before the write: who finds it so looks into the tenant before anything is written again."""
    WRITTEN = "written"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"


class Decision(StrEnum):
    """What becomes of a group that assignments of the backup point at."""

    MAP = "map"
    SKIP = "skip"


DONE = (ItemState.WRITTEN, ItemState.UNCHANGED, ItemState.SKIPPED)
"""What an execution leaves as it is."""
EDITABLE = (RestoreStatus.DRAFT, RestoreStatus.PREVIEWED)
ENDED = (RestoreStatus.COMPLETED, RestoreStatus.PARTIAL, RestoreStatus.FAILED, RestoreStatus.CANCELLED)
EXECUTABLE = (RestoreStatus.PREVIEWED, RestoreStatus.PARTIAL, RestoreStatus.FAILED, RestoreStatus.CANCELLED)
ACTIVE = (RestoreStatus.QUEUED, RestoreStatus.RUNNING)
