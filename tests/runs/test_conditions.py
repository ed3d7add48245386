"""However a query is split into parts, it returns the rows of a plain reading (R32, R35)."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import insert

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db, utcnow
from ops_admin.runs import conditions, list_statements, queries
from ops_admin.runs.ledger import Run
from ops_admin.runs.models import DbOperationRun
from ops_admin.runs.queries import RunFilter, Scope
from ops_admin.runs.states import Display
from tests.support.factories import make_tenant, make_workspace

# They drop a constraint.
pytestmark = [pytest.mark.usefixtures("app_context"), pytest.mark.own_app]

# Every pair written today, and some of an earlier system.
PAIRS = [
    ("queued", "pending"),
    ("running", "pending"),
    *(("completed", outcome) for outcome in ("succeeded", "partially_succeeded", "failed", "cancelled")),
    *[("failed", ""), ("failed", "failed"), ("failed", "cancelled"), ("done", "ok"), ("done", "failed")],
    *[("completed", "odd"), ("queued", "failed"), ("running", "cancelled")],
]
TYPES = ("inventory.sync", "backup.create")
NAMES = ("Ada", "Grace")
NOW = utcnow()

FILTERS = [
    RunFilter(display=display, **narrower)  # type: ignore[arg-type]
    for display, narrower in product(
        [None, *Display],
        [
            {},
            {"types": ()},
            {"types": TYPES[:1]},
            {"types": TYPES},
            {"initiator": "Ada"},
            {"initiator": "Ada", "types": TYPES[1:]},
            {"tenant_id": 1},
            {"tenant_id": 2, "types": TYPES[1:], "initiator": "Grace"},
            {"status": "queued"},
            {"status": "completed"},
            {"outcome": "failed"},
            {"outcome": "cancelled", "tenant_id": 1},
            {"since": NOW - timedelta(hours=9), "until": NOW - timedelta(hours=3)},
        ],
    )
]


def matches(wanted: RunFilter, run: Run) -> bool:
    """The filter as a reader understands it."""
    pairs = (
        (wanted.display, run.display),
        (wanted.status, run.status),
        (wanted.outcome, run.outcome),
        (wanted.tenant_id, run.tenant_id),
        (wanted.initiator, run.initiator_name),
    )
    return (
        all(asked is None or asked == found for asked, found in pairs)
        and (wanted.types is None or run.type in wanted.types)
        and (wanted.since is None or run.created_at >= wanted.since)
        and (wanted.until is None or run.created_at < wanted.until)
    )


@pytest.fixture
def tenants() -> list[Tenant]:
    """Three tenants of two workspaces, and another user's; each has runs of every kind, as do the workspaces."""
    shared = make_workspace()
    found = [make_tenant(shared), make_tenant(shared), make_tenant(), make_tenant()]
    places = [(each.workspace_id, each.id) for each in found] + [(shared.id, None), (found[2].workspace_id, None)]
    rows = [
        {
            "workspace_id": workspace_id,
            "tenant_id": tenant_id,
            "status": status,
            "outcome": outcome,
            "is_legacy": (status, outcome) not in PAIRS[:2],
            "type": operation,
            "initiator_name": name,
            "run_identity_hash": f"{number:064}",
            "created_at": NOW - timedelta(hours=number % 12),
        }
        for number, ((workspace_id, tenant_id), (status, outcome), operation, name) in enumerate(
            product(places, PAIRS, TYPES, NAMES)
        )
    ]
    db.session.connection().execute(insert(DbOperationRun), rows)
    return found


def scopes(tenants: list[Tenant]) -> dict[str, Scope]:
    one, two, three, _ = (each.id for each in tenants)
    shared, own = tenants[0].workspace_id, tenants[2].workspace_id
    both = frozenset({shared, own})
    return {
        "two whole workspaces": Scope(frozenset({one, two, three}), both, both, both),
        "one whole, one in part": Scope(frozenset({one, three}), frozenset({own}), both, frozenset({own})),
        "a tenant alone": Scope(frozenset({two}), frozenset(), frozenset({shared})),
        "reach unknown": Scope(frozenset({one, three}), frozenset({shared})),
        "nothing": Scope(frozenset(), frozenset()),
    }


@pytest.mark.parametrize("few_tenants", [0, 24], ids=["by workspace", "by tenant"])
def test_every_question_is_answered_as_it_reads(
    tenants: list[Tenant], few_tenants: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions, "FEW_TENANTS", few_tenants)
    for kept in (list_statements.page, list_statements.number):
        kept.cache_clear()  # they were built with another number
    everything = Scope(frozenset(each.id for each in tenants), frozenset(each.workspace_id for each in tenants))
    stored = queries.list_runs(everything, RunFilter(), size=1000).rows
    assert len(stored) == 6 * len(PAIRS) * 4
    for (name, scope), wanted in product(scopes(tenants).items(), FILTERS):
        expected = [run.id for run in stored if scope.holds(run) and matches(wanted, run)]
        listed = [run.id for run in queries.list_runs(scope, wanted, size=1000).rows]
        assert listed == expected, (name, wanted)
        assert queries.count_runs(scope, wanted).number == len(expected), (name, wanted)
        if not scope.reach:
            continue  # bulk actions always come from somebody whose reach is known
        active = [run.id for run in stored if run.id in expected and run.is_active]
        assert queries.matching_ids(scope, wanted, "active", 1000) == active, (name, wanted)
        ended = [run_id for run_id in expected if run_id not in active]
        assert queries.matching_ids(scope, wanted, "ended", 1000) == ended, (name, wanted)


def test_the_states_are_counted_as_they_are_listed(tenants: list[Tenant]) -> None:
    for scope in scopes(tenants).values():
        counted = queries.count_by_state(scope, RunFilter(types=TYPES[:1]))
        listed = queries.list_runs(scope, RunFilter(types=TYPES[:1]), size=1000).rows
        assert {state: count.number for state, count in counted.items()} == {
            state: sum(run.display is state for run in listed) for state in Display
        }
