"""A run as the rest of the program sees it: plain frozen values, no database behind them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

from ops_admin.runs import states


@dataclass(frozen=True)
class Failure:
    """One reason why something did not work, and how often (R7)."""

    code: str
    message: str = ""
    count: int = 1


# Where the context says how often the other side asked to slow down.
SLOWED = "slowed_down"
# Where the context names the run of which this one is a retry (R8, R44).
RETRY_OF = "retry_of"
# Where the context names the run for many that has started this one (R44).
STARTED_BY = "bulk_run_id"
# Where the context says that a person has to decide before anything is done (R43).
AWAITS_DECISION = "awaits_decision"


SYSTEM = "System"


class Person(Protocol):
    """Somebody who has an account."""

    @property
    def id(self) -> int: ...

    @property
    def display_name(self) -> str: ...


@dataclass(frozen=True)
class Actor:
    """Who starts or changes a run: a user, System, or a worker. `name` is kept, whatever becomes of the user."""

    user_id: int | None
    name: str

    @classmethod
    def user(cls, user: Person) -> Self:
        """A user; what they start is guarded by their rights."""
        return cls(user.id, user.display_name)

    @classmethod
    def system(cls) -> Self:
        """The schedule, housekeeping, and whoever runs commands on the server; no guard asks for rights."""
        return cls(None, SYSTEM)

    @classmethod
    def worker(cls, name: str) -> Self:
        """The process that does the work of a run."""
        return cls(None, name)

    @classmethod
    def starter_of(cls, run: "Run") -> Self:
        """Whoever started `run`."""
        return cls(run.user_id, run.initiator_name)


@dataclass(frozen=True)
class Slowdown:
    """How often the other side asked to slow down, the seconds waited for that, and until when the last wait lasts."""

    times: int
    seconds: int
    until: datetime

    def as_json(self) -> dict[str, object]:
        """Return what the context keeps."""
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

    @property
    def is_active(self) -> bool:
        """Whether work is still to come."""
        return states.is_active(self.status, self.outcome)

    @property
    def awaits_decision(self) -> bool:
        """Whether nothing happens before a person decides: it is queued by its status, and in no queue (R43)."""
        return self.display is states.Display.QUEUED and self.context.get(AWAITS_DECISION) is True

    @property
    def was_undecided(self) -> bool:
        """Whether it was cancelled while it waited for a decision (R43): nothing was begun."""
        return self.display is states.Display.CANCELLED and self.context.get(AWAITS_DECISION) is True

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen; an unknown old pair counts as ended (R9)."""
        return not self.is_active

    @property
    def display(self) -> states.Display:
        """The one word shown for status and outcome."""
        return states.display_of(self.status, self.outcome)

    @property
    def slowdown(self) -> Slowdown | None:
        """How the other side slowed the run down, if it did."""
        match self.context.get(SLOWED):
            case {"times": int(times), "seconds": int(seconds), "until": str(until)}:
                return Slowdown(times, seconds, datetime.fromisoformat(until))
        return None

    @property
    def times_begun(self) -> int:
        """Which beginning of the work this is: attempts (R21), and each time that a worker took it up again."""
        return self.attempt + self.claim // 2

    @property
    def inputs(self) -> dict[str, object]:
        """What the run was started with."""
        inputs = self.context.get("inputs")
        return inputs if isinstance(inputs, dict) else {}


@dataclass(frozen=True)
class NewRun:
    """What is known of a run before it is written."""

    workspace_id: int
    tenant_id: int | None
    user_id: int | None
    initiator_name: str
    type: str
    run_identity_hash: str
    context: dict[str, object] = field(default_factory=dict)
