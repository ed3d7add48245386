"""What a policy of the inventory can be (R40, R41). Pure."""

from enum import StrEnum


class PolicyState(StrEnum):
    """Whether the console looks after a policy, and whether the tenant still has it."""

    ACTIVE = "active"
    """The tenant has it."""
    IGNORED = "ignored"
    """An operator has set it aside; a sync leaves it so."""
    MISSING = "missing"
    """A complete listing of its type did not hold it any more; what was captured stays."""
