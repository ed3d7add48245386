"""A run as the rest of the program sees it: frozen values without a database behind them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

from ops_admin.runs import states


@dataclass(frozen=True)
class Failure:
    """One reason why something failed, and how often (R7)."""

    code: str
    message: str = ""
    count: int = 1


# Context key: how often Graph asked for fewer requests.
SLOWED = "slowed_down"
# Context key: the run of which this one is a retry (R8, R44).
RETRY_OF = "retry_of"
# Context key: the bulk run that started this one (R44).
STARTED_BY = "bulk_run_id"
# Context key: nothing is done before a person has decided (R43).
AWAITS_DECISION = "awaits_decision"


SYSTEM = "System"


class Person(Protocol):
    """Somebody with an account."""

    @property
    def id(self) -> int: ...

    @property
    def display_name(self) -> str: ...


@dataclass(frozen=True)
class Actor:
    """Who starts or changes a run: a user, System, or a worker. `name` is kept even if the user is deleted."""

    user_id: int | None
    name: str

    @classmethod
    def user(cls, user: Person) -> Self:
        """A user. Guards check the user's rights for everything that they start."""
        return cls(user.id, user.display_name)

    @classmethod
    def system(cls) -> Self:
        """The schedule, housekeeping, and whoever runs commands on the server. No guard applies."""
        return cls(None, SYSTEM)

    @classmethod
    def worker(cls, name: str) -> Self:
        """The process that executes a run."""
        return cls(None, name)

    @classmethod
    def starter_of(cls, run: "Run") -> Self:
        """The initiator of `run`."""
        return cls(run.user_id, run.initiator_name)


@dataclass(frozen=True)
class Slowdown:
    """How often Graph asked for fewer requests, the seconds waited in total, and when the last wait ends."""

    times: int
    seconds: int
    until: datetime

    def as_json(self) -> dict[str, object]:
        """Return the form stored in the context."""
        return {"times": self.times, "seconds": self.seconds, "until": self.until.isoformat()}


@dataclass(frozen=True)
class Run:
    """One row of `operation_runs` (R1). `status` and `outcome` are text: old rows may hold other values (R9)."""

    id: int
    workspace_id: int
    tenant_id: int | None
    user_id: int | None
    initiator_name: str
    type: str
    status: str
    outcome: str
    run_identity_hash: str
    revision: int
    attempt: int
    claim: int
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    heartbeat_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    context: dict[str, object] = field(default_factory=dict)
    is_legacy: bool = False

    @property
    def is_active(self) -> bool:
        """Whether the run is queued or running."""
        return states.is_active(self.status, self.outcome)

    @property
    def awaits_decision(self) -> bool:
        """Whether the run waits for a decision: its status is queued, but it has no message (R43)."""
        return self.display is states.Display.AWAITING

    @property
    def was_undecided(self) -> bool:
        """Whether it was cancelled while it waited for a decision (R43), before anything was started."""
        return self.display is states.Display.CANCELLED and self.context.get(AWAITS_DECISION) is True

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen. An unknown old pair counts as ended (R9)."""
        return not self.is_active

    @property
    def display(self) -> states.Display:
        """The single state shown for the run."""
        awaits_decision = self.context.get(AWAITS_DECISION) is True
        return states.display_of(self.status, self.outcome, awaits_decision=awaits_decision)

    @property
    def slowdown(self) -> Slowdown | None:
        """How Graph slowed the run down, or None."""
        match self.context.get(SLOWED):
            case {"times": int(times), "seconds": int(seconds), "until": str(until)}:
                return Slowdown(times, seconds, datetime.fromisoformat(until))
        return None

    @property
    def times_begun(self) -> int:
        """How often the work was started: attempts (R21), plus each time a worker resumed it."""
        return self.attempt + self.claim // 2

    @property
    def inputs(self) -> dict[str, object]:
        """The inputs that the run was started with."""
        inputs = self.context.get("inputs")
        return inputs if isinstance(inputs, dict) else {}


@dataclass(frozen=True)
class NewRun:
    """The values of a run before it is inserted."""

    workspace_id: int
    tenant_id: int | None
    user_id: int | None
    initiator_name: str
    type: str
    run_identity_hash: str
    context: dict[str, object] = field(default_factory=dict)
