"""What the overview says of a tenant's inventory: how many policies of which type, and how old that knowledge is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ops_admin.intune.inventory.queries import TypeSync
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.types import POLICY_TYPES, type_label


@dataclass(frozen=True)
class TypeLine:
    """One policy type of a tenant: how many policies by state, and how it was synced last (None: never)."""

    key: str
    label: str
    counts: Mapping[str, int]
    sync: TypeSync | None

    @property
    def total(self) -> int:
        """All policies of this type, whatever their state."""
        return sum(self.counts.values())

    @property
    def is_empty(self) -> bool:
        """Whether it was read and held nothing: not worth a line of its own."""
        return self.total == 0 and self.sync is not None and self.sync.failure_code is None


@dataclass(frozen=True)
class Inventory:
    """The inventory of a tenant. `last` is the newest attempt on any type, None when there never was one."""

    lines: tuple[TypeLine, ...]
    last: TypeSync | None

    @property
    def worth_a_line(self) -> tuple[TypeLine, ...]:
        """The types that hold policies or could not be read."""
        return tuple(line for line in self.lines if not line.is_empty and (line.total or line.sync))

    @property
    def empty(self) -> tuple[TypeLine, ...]:
        """The types that were read and held nothing."""
        return tuple(line for line in self.lines if line.is_empty)

    @property
    def failed(self) -> tuple[TypeLine, ...]:
        """The types that the last attempt did not read whole."""
        return tuple(line for line in self.lines if line.sync is not None and line.sync.failure_code is not None)

    @property
    def common_failure(self) -> str | None:
        """The one code with which the last attempt on every type failed: said once then, not for each type."""
        codes = {line.sync.failure_code for line in self.lines if line.sync is not None}
        return codes.pop() if len(codes) == 1 and len(self.failed) > 1 else None

    @property
    def as_old_as(self) -> datetime | None:
        """The time since which every type that was ever read has been read; None when none was."""
        times = [line.sync.succeeded_at for line in self.lines if line.sync and line.sync.succeeded_at]
        return min(times, default=None)

    def count(self, state: str | None = None) -> int:
        """How many policies there are, of one state or of all."""
        return sum(line.counts.get(state, 0) if state else line.total for line in self.lines)

    @property
    def active(self) -> int:
        """How many policies the tenant has and the console looks after."""
        return self.count(PolicyState.ACTIVE)


def present_inventory(counts: Mapping[str, Mapping[str, int]], syncs: Mapping[str, TypeSync]) -> Inventory:
    """Put together what is known of each policy type, in the order of the table; old types come last."""
    keys = [*POLICY_TYPES, *sorted(counts.keys() - POLICY_TYPES.keys())]
    lines = tuple(TypeLine(key, type_label(key), counts.get(key, {}), syncs.get(key)) for key in keys)
    return Inventory(lines, max(syncs.values(), key=lambda sync: sync.attempted_at, default=None))
