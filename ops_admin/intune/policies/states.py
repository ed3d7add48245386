"""The states of a policy (R40, R41). Pure."""

from enum import StrEnum


class PolicyState(StrEnum):
    """Whether the tenant has a policy, and whether it is ignored in the console."""

    ACTIVE = "active"
    """The tenant has it."""
    IGNORED = "ignored"
    """A member ignores it; a sync does not change that."""
    MISSING = "missing"
    """The tenant no longer has it; its versions are kept."""
