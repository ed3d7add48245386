"""What a sync saw of a policy, and how that changes the stored policy. Pure (R40)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ops_admin.intune.names import LONGEST_NAME, clean_name, search_key_of
from ops_admin.intune.policies.states import PolicyState


@dataclass(frozen=True)
class Observation:
    """One policy as it was in the tenant at `seen_at`.

    `content` and its hash are None if it could not be read; `failure_code` says why.
    """

    external_id: str
    name: str | None
    seen_at: datetime
    content: dict[str, Any] | None = None
    content_hash: str | None = None
    failure_code: str | None = None

    @property
    def stored_name(self) -> str:
        """The name to store; derived from the id if the policy has none."""
        return clean_name(self.name) or f"Unnamed policy {self.external_id[:8]}"[:LONGEST_NAME]


class Stored(Protocol):
    """The properties of a stored policy that are needed here."""

    @property
    def state(self) -> str: ...
    @property
    def current_version(self) -> int: ...
    @property
    def content_hash(self) -> str | None: ...
    @property
    def last_seen_at(self) -> datetime: ...
    @property
    def changed_at(self) -> datetime | None: ...
    @property
    def last_synced_run_id(self) -> int | None: ...


def needs_version(stored: Stored, observation: Observation) -> bool:
    """Whether the observation has new content, so that a version has to be added.

    Content that was read before the newest version was captured does not count: another run was faster.
    """
    if observation.content_hash is None or observation.content_hash == stored.content_hash:
        return False
    return stored.changed_at is None or stored.changed_at <= observation.seen_at


def changes_of(stored: Stored, observation: Observation, run_id: int) -> dict[str, Any]:
    """Return the new values of the stored policy's columns."""
    read = observation.content_hash is not None
    values: dict[str, Any] = {
        "name": observation.stored_name,
        "search_key": search_key_of(observation.stored_name),
        "state": PolicyState.IGNORED if stored.state == PolicyState.IGNORED else PolicyState.ACTIVE,
        "missing_since": None,
        # Never goes back: otherwise a slower run at the same time would mark the policy as missing.
        "last_seen_at": max(stored.last_seen_at, observation.seen_at),
        "failure_code": observation.failure_code,
        "last_synced_run_id": run_id if read else stored.last_synced_run_id,
        "current_version": stored.current_version,
        "content_hash": stored.content_hash,
        "changed_at": stored.changed_at,
    }
    if needs_version(stored, observation):
        values["current_version"] = stored.current_version + 1
        values["content_hash"] = observation.content_hash
        values["changed_at"] = observation.seen_at
    return values
