"""What a sync saw of a policy, and what that means for what is stored of it. Pure (R40)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ops_admin.intune.names import LONGEST_NAME, clean_name, search_key_of
from ops_admin.intune.policies.states import PolicyState


@dataclass(frozen=True)
class Observation:
    """One policy as the tenant showed it at `seen_at`.

    `content` and its hash are None when it could not be read, which `failure_code` explains.
    """

    external_id: str
    name: str | None
    seen_at: datetime
    content: dict[str, Any] | None = None
    content_hash: str | None = None
    failure_code: str | None = None

    @property
    def stored_name(self) -> str:
        """A name that can be stored and told from others, also for a policy that has none."""
        return clean_name(self.name) or f"Unnamed policy {self.external_id[:8]}"[:LONGEST_NAME]


class Stored(Protocol):
    """What a decision needs to know of the stored policy."""

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
    """Whether the sighting shows content that is not the stored policy's newest.

    Content that was read before the newest version was captured is old news: another run overtook this one.
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
        # Never backwards: a slower run beside this one must not take the policy for vanished.
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
