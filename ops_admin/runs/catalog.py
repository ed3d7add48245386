"""The operation catalog (R29): every type of operation that code can produce, with its label and its rules."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from ops_admin.access.capabilities import Capability
from ops_admin.runs.states import Outcome

if TYPE_CHECKING:
    from ops_admin.runs.events import RunEvent
    from ops_admin.runs.handle import RunHandle
    from ops_admin.runs.ledger import Run

Handler = Callable[["RunHandle"], None]
Admit = Callable[["Run"], bool]
Follower = Callable[["RunEvent"], None]


@dataclass(frozen=True)
class Mirrored:
    """What the domain record of a run says (R23): it waits for a decision, is under way, has ended, or is gone."""

    state: Literal["waiting", "under_way", "ended", "missing"]
    outcome: Outcome | None = None


Mirror = Callable[["Run"], Mirrored]
IsStale = Callable[["Run"], bool]
Inputs = dict[str, object]
InputParser = Callable[[Mapping[str, object]], Inputs]
FurtherRights = Callable[[Inputs], Iterable[tuple[Capability, int]]]


class UnknownOperation(LookupError):
    """No operation of that key is registered."""


class InvalidInputs(ValueError):
    """The inputs of a start do not fit the operation; `errors` says for each field what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {error}" for name, error in errors.items()))
        self.errors = dict(errors)


def no_further_rights(inputs: Inputs) -> Iterable[tuple[Capability, int]]:
    """An operation that touches nothing but its own tenant or workspace."""
    return ()


def no_inputs(raw: Mapping[str, object]) -> Inputs:
    """Parse the inputs of an operation that takes none; raises InvalidInputs for any that was given."""
    if raw:
        raise InvalidInputs(dict.fromkeys(raw, "This operation takes no such input."))
    return {}


def never_stale(run: "Run") -> bool:
    """Let a recent success count for the whole of its cooldown."""
    return False


@dataclass(frozen=True)
class CountWords:
    """What a count means for one kind of operation: its `label`, and a part of a sentence with `%(number)s`, or ""."""

    label: object
    sentence: object


@dataclass(frozen=True)
class OperationType:
    """One kind of operation.

    `label` may be a lazy translation: it is turned into text where it is shown. `identity_inputs` names the inputs
    that make two starts the same run (R5). `further_rights` names the capabilities that its inputs call for on other
    tenants, besides `capability` on its own (R68). `max_attempts` bounds the attempts of the whole run, made after the
    failures in `retry_codes` (R21).

    `cooldown` is the time after a success in which the same start answers with that run (R22), unless `is_stale` says
    that the run does not count any more: what it worked on has changed since. It is asked at every start within that
    time, so it reads the database alone, and quickly.

    `admit` is for runs that mirror a domain record (R43): called in the transaction of a start with the run that was
    made or found, it moves the record along and says whether the run is to be handed to the queue now; False means
    that it was before. It raises InvalidInputs when the record is not ready, and nothing is left of the start.
    `mirror` reads what that record says, so that housekeeping can repair a run that disagrees (R48). `follow` moves the
    record along whenever the status of the run changes, in the transaction of that change. A run that was
    lost with its worker is started again at most `restarts` times. The message of an `urgent` type overtakes those that
    wait: what stops a flood must not stand at its end.

    `resume` says when a run that cannot go on (its worker stops, its database was away) may be handed back to the queue
    and begun again: never; once its handler has stopped at a checkpoint; or anywhere in the middle, because it only
    reads outside and writes here what may be written twice. One that `goes_on` takes up what it had counted, and begins
    at the item at which it stopped (`RunHandle.take_up`).

    `skipped` says to a reader why items are counted as skipped; empty where none ever is. `count_words` says in other
    words what some of its counts are.
    """

    key: str
    label: object
    capability: Capability
    handler: Handler
    scope: Literal["tenant", "workspace"] = "tenant"
    identity_inputs: tuple[str, ...] = ()
    parse_inputs: InputParser = no_inputs
    further_rights: FurtherRights = no_further_rights
    max_attempts: int = 1
    retry_codes: frozenset[str] = frozenset()
    cooldown: timedelta | None = None
    is_stale: IsStale = never_stale
    admit: Admit | None = None
    mirror: Mirror | None = None
    follow: Follower | None = None
    restarts: int = 0
    urgent: bool = False
    resume: Literal["never", "checkpoint", "anywhere"] = "never"
    goes_on: bool = False
    skipped: object = ""
    failure_codes: Mapping[str, object] = field(default_factory=dict)
    count_words: Mapping[str, CountWords] = field(default_factory=dict)


class Catalog:
    """The registered operation types; filled once, by the composition root."""

    def __init__(self) -> None:
        self._types: dict[str, OperationType] = {}

    def register(self, operation: OperationType) -> None:
        """Add an operation; raises ValueError when another one has its key."""
        known = self._types.setdefault(operation.key, operation)
        if known is not operation:
            raise ValueError(f"operation type {operation.key} is registered twice")

    def find(self, key: str) -> OperationType | None:
        """Return the operation of that key, or None."""
        return self._types.get(key)

    def get(self, key: str) -> OperationType:
        """Return the operation of that key; raises UnknownOperation."""
        operation = self.find(key)
        if operation is None:
            raise UnknownOperation(key)
        return operation

    def __iter__(self) -> Iterator[OperationType]:
        return iter(self._types.values())


catalog = Catalog()
