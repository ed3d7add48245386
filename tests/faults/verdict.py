"""What must be true of the ledger whatever happened, read from the tables alone."""

import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

RUN = "id, status, outcome, revision, completed_at, updated_at, summary_counts, failure_summary"
ENDED = f"select {RUN} from operation_runs where status = 'completed'"
UNDER_WAY = """
    select id, type, status, heartbeat_at, updated_at from operation_runs r where status != 'completed' and not exists
    (select 1 from restore_runs d where d.operation_run_id = r.id and d.status = 'previewed')
"""
LAST_LINE = """
    select r.id, r.status, r.outcome, t.to_status, t.outcome from operation_runs r
    left join operation_run_transitions t on t.id = (
        select max(id) from operation_run_transitions where operation_run_id = r.id)
    where t.id is null or t.to_status != r.status or t.outcome != r.outcome
"""
ENDS = """
    select operation_run_id from operation_run_transitions
    where to_status = 'completed' and from_status != 'completed' group by operation_run_id having count(*) > 1
"""
WRONG_STEPS = """
    select operation_run_id, from_status, to_status from operation_run_transitions
    where from_status = 'completed' and to_status != 'completed'
"""
NOTIFIED_TWICE = """
    select operation_run_id, user_id from notifications group by operation_run_id, user_id having count(*) > 1
"""
NOT_NOTIFIED = """
    select r.id from operation_runs r where r.status = 'completed' and r.user_id is not null and not exists
    (select 1 from notifications n where n.operation_run_id = r.id and n.user_id = r.user_id)
"""
NOTIFIED_EARLY = """
    select n.operation_run_id from notifications n join operation_runs r on r.id = n.operation_run_id
    where r.status != 'completed' or r.user_id is null or r.user_id != n.user_id
"""
RESTORES = """
    select d.id, d.status, r.status, r.outcome from restore_runs d join operation_runs r on r.id = d.operation_run_id
"""
PACKS = """
    select d.id, d.status, r.status, r.outcome from review_packs d join operation_runs r on r.id = d.operation_run_id
"""
OPEN_SETS = """
    select d.id, r.status, r.outcome from backup_sets d join operation_runs r on r.id = d.operation_run_id
    where d.status = 'capturing' and r.status = 'completed'
"""
ORPHANS = """
    select d.id from restore_runs d left join operation_runs r on r.id = d.operation_run_id
    where d.status in ('queued', 'running') and r.id is null
"""
TOLD = {
    "nothing but its first end may end a run": ENDS,
    "no run may leave its end": WRONG_STEPS,
    "the last line of the history says what the run says": LAST_LINE,
    "one notification a run and user": NOTIFIED_TWICE,
    "whoever started a run is told of its end": NOT_NOTIFIED,
    "nobody is told of an end that is none": NOTIFIED_EARLY,
    "no set of an ended run is still being captured": OPEN_SETS,
    "no restore is under way without a run": ORPHANS,
}
RESTORE_SAYS = {
    ("queued", "pending"): {"queued", "previewed"},
    ("running", "pending"): {"running"},
    ("completed", "succeeded"): {"completed"},
    ("completed", "partially_succeeded"): {"partial"},
    ("completed", "failed"): {"failed"},
    ("completed", "cancelled"): {"cancelled"},
}
PACK_SAYS = {
    ("queued", "pending"): {"queued"},
    ("running", "pending"): {"generating"},
    ("completed", "succeeded"): {"ready", "expired"},
    ("completed", "partially_succeeded"): {"ready", "expired"},
    ("completed", "failed"): {"failed"},
    ("completed", "cancelled"): {"failed"},
}


class Ledger:
    """Reads the tables directly, bypassing the program."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = create_engine(url, pool_pre_ping=True)

    def rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """Run a query; `values` are bound by name."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def under_way(self) -> list[tuple[Any, ...]]:
        """The runs that have not ended, except those waiting for a decision (R43)."""
        return self.rows(UNDER_WAY)

    def missing(self, accepted: Iterable[int]) -> set[int]:
        """The accepted starts that have no row."""
        return set(accepted) - {int(row[0]) for row in self.rows("select id from operation_runs")}

    def contradictions(self) -> list[str]:
        """All combinations in the tables that must never occur."""
        found = [f"{rule}, but {row}" for rule, query in TOLD.items() for row in self.rows(query)]
        for name, query, says in (("restore", RESTORES, RESTORE_SAYS), ("pack", PACKS, PACK_SAYS)):
            for record_id, status, run_status, outcome in self.rows(query):
                if status not in says[run_status, outcome]:
                    found.append(f"{name} {record_id} is {status}, its run {run_status} and {outcome}")
        return found

    def outcomes(self) -> Counter[tuple[str, str]]:
        """The number of runs by type and outcome."""
        rows = self.rows("select type, outcome from operation_runs")
        return Counter((row[0], row[1]) for row in rows)


class Witness:
    """Remembers every end that it has seen, and reports those that changed afterwards."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: dict[int, tuple[Any, ...]] = {}
        self.changed: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Witness":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.look()

    def look(self) -> None:
        """Compare the ended runs with what was seen of them before."""
        for row in self._ledger.rows(ENDED):
            # JSON is text on one engine and objects on the other; equality works for both.
            before = self._seen.setdefault(int(row[0]), row)
            if before != row:
                self.changed.append(f"run {row[0]} ended as {before} and became {row}")
                self._seen[int(row[0])] = row

    def _watch(self) -> None:
        while not self._over.wait(0.3):
            try:
                self.look()
            except SQLAlchemyError:  # the test may have taken the database away
                continue
