"""The operation catalog (R29): every operation type that code can produce, with its label and rules."""

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
    """The state of a run's domain record (R23): waiting for a decision, under way, ended, or missing."""

    state: Literal["waiting", "under_way", "ended", "missing"]
    outcome: Outcome | None = None


Mirror = Callable[["Run"], Mirrored]
IsStale = Callable[["Run"], bool]
Inputs = dict[str, object]
InputParser = Callable[[Mapping[str, object]], Inputs]
FurtherRights = Callable[[Inputs], Iterable[tuple[Capability, int]]]


class UnknownOperation(LookupError):
    """No operation with that key is registered."""


class InvalidInputs(ValueError):
    """The inputs of a start do not fit the operation. `errors` has a message for each invalid field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {error}" for name, error in errors.items()))
        self.errors = dict(errors)


def no_further_rights(inputs: Inputs) -> Iterable[tuple[Capability, int]]:
    """For operations that need rights only on their own tenant or workspace."""
    return ()


def no_inputs(raw: Mapping[str, object]) -> Inputs:
    """Parse the inputs of an operation that takes none. Raises InvalidInputs if any were given."""
    if raw:
        raise InvalidInputs(dict.fromkeys(raw, "This operation takes no such input."))
    return {}


def never_stale(run: "Run") -> bool:
    """Let a recent success count for the whole of its cooldown."""
    return False


@dataclass(frozen=True)
class CountWords:
    """What a count means for one operation: a `label`, and a phrase with `%(number)s`, or "" to leave it out."""

    label: object
    sentence: object


@dataclass(frozen=True)
class OperationType:
    """One kind of operation.

    `label` may be a lazy translation; it is converted to text where it is shown. `identity_inputs` names the inputs
    that make two starts the same run (R5). `further_rights` names the capabilities that the inputs require on other
    tenants, besides `capability` on its own (R68). `max_attempts` limits the attempts of the whole run after the
    failures in `retry_codes` (R21).

    `cooldown` is the time after a success in which the same start answers with that run (R22), unless `is_stale` says
    that the run no longer counts, because what it worked on has changed since. `is_stale` is called at every start
    within that time, so it must be quick and read only the database.

    `admit` is for runs that mirror a domain record (R43). It is called in the start's transaction with the run that was
    created or found, updates the record, and returns whether the run must be queued now; False means that it already
    is. It raises InvalidInputs when the record is not ready, which rolls back the start. `mirror` reads the record's
    state, so that housekeeping can repair a run that disagrees (R48). `follow` updates the record whenever the run's
    status changes, in the same transaction.

    A run that was lost with its worker is started again at most `restarts` times. Messages of an `urgent` type overtake
    waiting ones: an operation that stops a flood must not queue behind it.

    `resume` says when a run that cannot continue (its worker is stopping, its database was unreachable) may be
    requeued and started over: never; once its handler has stopped at a checkpoint; or anywhere, because it
    only reads outside and its own writes may be repeated. With `goes_on` it keeps its counts and resumes at the item
    where it stopped (`RunHandle.take_up`).

    `skipped` tells readers why items are counted as skipped; empty if none ever are. `count_words` overrides the labels
    of some counts.
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
    """The registered operation types, filled once by the composition root."""

    def __init__(self) -> None:
        self._types: dict[str, OperationType] = {}

    def register(self, operation: OperationType) -> None:
        """Register an operation. Raises ValueError if another one has its key."""
        known = self._types.setdefault(operation.key, operation)
        if known is not operation:
            raise ValueError(f"operation type {operation.key} is registered twice")

    def find(self, key: str) -> OperationType | None:
        """Return the operation with that key, or None."""
        return self._types.get(key)

    def get(self, key: str) -> OperationType:
        """Return the operation with that key. Raises UnknownOperation."""
        operation = self.find(key)
        if operation is None:
            raise UnknownOperation(key)
        return operation

    def __iter__(self) -> Iterator[OperationType]:
        return iter(self._types.values())


catalog = Catalog()
