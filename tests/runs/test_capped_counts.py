"""A count that reached its cap is not repeated for a minute; counts that can decrease always are (R35)."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db
from ops_admin.runs import queries
from ops_admin.runs.filter_types import RunFilter, Scope
from ops_admin.runs.queries import CappedCount
from ops_admin.runs.states import Display, Outcome
from ops_admin.runs.web import capped_counts
from ops_admin.runs.web.capped_counts import REMEMBERED_SECONDS, CapMemory
from tests.support.factories import make_completed_run, make_run, make_tenant


class Clock:
    """Shows the time that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tenant(app_context: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    monkeypatch.setattr(queries, "COUNT_CAP", 2)
    monkeypatch.setitem(app_context.extensions, "ops_admin.capped_counts", CapMemory(clock))
    return make_tenant()


@pytest.fixture
def statements(tenant: Tenant) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def seeing(tenant: Tenant) -> Scope:
    return Scope(frozenset({tenant.id}), frozenset())


def test_a_capped_count_is_not_counted_again_for_a_minute(tenant: Tenant, clock: Clock, statements: list[str]) -> None:
    for _ in range(3):
        make_completed_run(tenant)
    statements.clear()
    first = capped_counts.count_runs(seeing(tenant), RunFilter())
    asked = len(statements)
    assert first.capped
    assert capped_counts.count_runs(seeing(tenant), RunFilter()).capped
    assert len(statements) == asked
    clock.now += REMEMBERED_SECONDS + 1
    capped_counts.count_runs(seeing(tenant), RunFilter())
    assert len(statements) > asked


def test_who_sees_other_runs_or_asks_for_others_gets_their_own_count(tenant: Tenant) -> None:
    for _ in range(3):
        make_completed_run(tenant)
    capped_counts.count_runs(seeing(tenant), RunFilter())
    assert capped_counts.count_runs(seeing(make_tenant()), RunFilter()) == CappedCount(0, capped=False)
    assert capped_counts.count_runs(seeing(tenant), RunFilter(display=Display.FAILED)) == CappedCount(0, capped=False)


def test_a_small_count_is_counted_each_time(tenant: Tenant) -> None:
    make_completed_run(tenant)
    assert capped_counts.count_runs(seeing(tenant), RunFilter()).number == 1
    make_completed_run(tenant)
    assert capped_counts.count_runs(seeing(tenant), RunFilter()).number == 2


def test_each_state_is_remembered_by_itself_and_active_ones_never(tenant: Tenant, statements: list[str]) -> None:
    for _ in range(3):
        make_completed_run(tenant)
        make_run(tenant)
    counted = capped_counts.count_by_state(seeing(tenant), RunFilter())
    assert counted[Display.COMPLETED].capped
    assert counted[Display.QUEUED].capped
    statements.clear()
    again = capped_counts.count_by_state(seeing(tenant), RunFilter())
    [statement] = [each for each in statements if "operation_runs" in each]
    assert " AS completed" not in statement
    assert " AS queued" in statement
    assert list(again) == list(Display)
    assert again[Display.COMPLETED].capped


def test_runs_that_are_still_to_end_are_always_counted(tenant: Tenant, statements: list[str]) -> None:
    for _ in range(3):
        make_run(tenant)
    assert capped_counts.count_runs(seeing(tenant), RunFilter(outcome=Outcome.PENDING)).capped
    statements.clear()
    capped_counts.count_runs(seeing(tenant), RunFilter(outcome=Outcome.PENDING))
    assert statements


def test_the_memory_is_bounded(clock: Clock) -> None:
    memory = CapMemory(clock)
    for number in range(5000):
        memory.remember([number])
    assert memory.holds(4999)
    assert sum(memory.holds(number) for number in range(5000)) <= 1000
