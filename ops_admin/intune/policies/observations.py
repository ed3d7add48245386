"""What a sync saw of a policy, and how that changes the stored policy. Pure (R40)."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from ops_admin.infra.database import JSONText
from ops_admin.intune.assignment_hashes import assignments_hash
from ops_admin.intune.names import LONGEST_NAME, clean_name, search_key_of
from ops_admin.intune.policies.states import PolicyState


@dataclass(frozen=True)
class Observation:
    """One policy as it was in the tenant at `seen_at`.

    `content` and its hash are None if it could not be read; `failure_code` says why. `assignments` and their hash are
    None if they could not be read (`assignments_failure_code`), or if the type has none. PolicyReading explains
    `sealed_secrets` and `former_hash`.
    """

    external_id: str
    name: str | None
    seen_at: datetime
    content: dict[str, Any] | JSONText | None = None
    content_hash: str | None = None
    failure_code: str | None = None
    assignments: list[Any] | None = None
    assignments_hash: str | None = None
    assignments_failure_code: str | None = None
    sealed_secrets: str = field(default="", repr=False)
    former_hash: str | None = None

    @property
    def stored_name(self) -> str:
        """The name to store; derived from the id if the policy has none."""
        return clean_name(self.name) or f"Unnamed policy {self.external_id[:8]}"[:LONGEST_NAME]


class Assigned(Protocol):
    """The assignments that were read with a policy, or why they could not be."""

    @property
    def assignments(self) -> list[dict[str, Any]] | None: ...
    @property
    def failure_code(self) -> str | None: ...


def with_assignments(observation: Observation, assigned: Assigned | None) -> Observation:
    """Return the observation with its assignments; None for a policy that has none to read."""
    if assigned is None or assigned.assignments is None:
        return observation if assigned is None else replace(observation, assignments_failure_code=assigned.failure_code)
    read = assigned.assignments
    return replace(observation, assignments=read, assignments_hash=assignments_hash(read))


class Stored(Protocol):
    """The properties of a stored policy that are needed here."""

    @property
    def state(self) -> str: ...
    @property
    def current_version(self) -> int: ...
    @property
    def content_hash(self) -> str | None: ...
    @property
    def assignments_hash(self) -> str | None: ...
    @property
    def last_seen_at(self) -> datetime: ...
    @property
    def changed_at(self) -> datetime | None: ...
    @property
    def last_synced_run_id(self) -> int | None: ...


def needs_version(stored: Stored, observation: Observation) -> bool:
    """Whether content or assignments are new, so that a version has to be added.

    What was read before the newest version was captured does not count: another run was faster. Assignments that were
    unknown until now are no change. A version that was captured before secrets were taken out is compared with what
    Graph returned, so that it is not new for that.
    """
    if observation.content_hash is None or not _is_later(stored, observation):
        return False
    is_same = observation.content_hash == stored.content_hash or _is_former(stored, observation)
    return not is_same or _assignments_differ(stored, observation)


def learns_assignments(stored: Stored, observation: Observation) -> bool:
    """Whether the newest version's assignments were unknown and are known now, without any other change."""
    is_unknown = stored.assignments_hash is None and observation.assignments_hash is not None
    return (
        is_unknown
        and stored.current_version > 0
        and _is_later(stored, observation)
        and not needs_version(stored, observation)
    )


def _is_former(stored: Stored, observation: Observation) -> bool:
    return stored.content_hash is not None and stored.content_hash == observation.former_hash


def _is_later(stored: Stored, observation: Observation) -> bool:
    return stored.changed_at is None or stored.changed_at <= observation.seen_at


def _assignments_differ(stored: Stored, observation: Observation) -> bool:
    known = (stored.assignments_hash, observation.assignments_hash)
    return None not in known and known[0] != known[1]


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
        "assignments_hash": stored.assignments_hash,
    }
    if learns_assignments(stored, observation):
        values["assignments_hash"] = observation.assignments_hash
    if _is_former(stored, observation):
        # From here on, a secret that changes is noticed.
        values["content_hash"] = observation.content_hash
    if needs_version(stored, observation):
        values["assignments_hash"] = observation.assignments_hash
        values["current_version"] = stored.current_version + 1
        values["content_hash"] = observation.content_hash
        values["changed_at"] = observation.seen_at
    return values
