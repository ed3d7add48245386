"""Presents a tenant's inventory on the overview page: policies by type, and the age of the data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ops_admin.intune.inventory.queries import TypeSync
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.types import POLICY_TYPES, type_label


@dataclass(frozen=True)
class TypeLine:
    """One policy type of a tenant: number of policies by state, and its last sync (None: never)."""

    key: str
    label: str
    counts: Mapping[str, int]
    sync: TypeSync | None

    @property
    def total(self) -> int:
        """The number of policies of this type in any state."""
        return sum(self.counts.values())

    @property
    def is_empty(self) -> bool:
        """Whether the type was read and has no policies."""
        return self.total == 0 and self.sync is not None and self.sync.failure_code is None


@dataclass(frozen=True)
class Inventory:
    """The inventory of a tenant. `last` is the newest attempt for any type, None if there was none."""

    lines: tuple[TypeLine, ...]
    last: TypeSync | None

    @property
    def worth_a_line(self) -> tuple[TypeLine, ...]:
        """The types that have policies or could not be read."""
        return tuple(line for line in self.lines if not line.is_empty and (line.total or line.sync))

    @property
    def empty(self) -> tuple[TypeLine, ...]:
        """The types that were read and have no policies."""
        return tuple(line for line in self.lines if line.is_empty)

    @property
    def failed(self) -> tuple[TypeLine, ...]:
        """The types whose last attempt failed."""
        return tuple(line for line in self.lines if line.sync is not None and line.sync.failure_code is not None)

    @property
    def common_failure(self) -> str | None:
        """The failure code if the last attempts for all types failed with the same one, so that it is shown once."""
        codes = {line.sync.failure_code for line in self.lines if line.sync is not None}
        return codes.pop() if len(codes) == 1 and len(self.failed) > 1 else None

    @property
    def as_old_as(self) -> datetime | None:
        """The oldest of the types' last successful syncs; None if there was none."""
        times = [line.sync.succeeded_at for line in self.lines if line.sync and line.sync.succeeded_at]
        return min(times, default=None)

    def count(self, state: str | None = None) -> int:
        """Return the number of policies in one state or in all."""
        return sum(line.counts.get(state, 0) if state else line.total for line in self.lines)

    @property
    def active(self) -> int:
        """The number of active policies."""
        return self.count(PolicyState.ACTIVE)


def present_inventory(counts: Mapping[str, Mapping[str, int]], syncs: Mapping[str, TypeSync]) -> Inventory:
    """Combine counts and syncs by type, in the order of POLICY_TYPES; types that are no longer known come last."""
    keys = [*POLICY_TYPES, *sorted(counts.keys() - POLICY_TYPES.keys())]
    lines = tuple(TypeLine(key, type_label(key), counts.get(key, {}), syncs.get(key)) for key in keys)
    return Inventory(lines, max(syncs.values(), key=lambda sync: sync.attempted_at, default=None))
