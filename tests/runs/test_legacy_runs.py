"""Runs of earlier systems are stored with that system's words, and are never active, on both engines (R9)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.access.rights import rights_of
from ops_admin.infra.database import transaction, utcnow
from ops_admin.notifications.queries import inbox
from ops_admin.runs import queries, service
from ops_admin.runs.failures import register_codes
from ops_admin.runs.history import EventType
from ops_admin.runs.ledger import Actor, Failure, Run
from ops_admin.runs.legacy import LegacyRun
from ops_admin.runs.queries import RunFilter, scope_of
from ops_admin.runs.states import Display
from ops_admin.runs.web.presenter import duration_seconds_of
from ops_admin.runs.worker import execution, reconciler
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_run, make_tenant, make_user

SYSTEM = Actor.system()
YEARS_AGO = datetime(2019, 5, 4, 3, 2, 1, tzinfo=UTC)
CODE = "graph.throttled"

register_codes({CODE: "Microsoft Graph asked to slow down."})


@pytest.fixture
def tenant(app_context: object) -> Tenant:
    return make_tenant()


def old_run(tenant: Tenant, status: str = "failed", outcome: str = "", reference: str = "job-7") -> LegacyRun:
    return LegacyRun(
        reference, tenant.workspace_id, tenant.id, "Ada", "inventory.sync", status, outcome, created_at=YEARS_AGO
    )


def stored(old: LegacyRun) -> Run:
    run = service.import_legacy(old, SYSTEM)
    assert run is not None
    return queries.get_run(run.id)


@pytest.mark.parametrize(
    ("status", "outcome", "shown"),
    [
        ("completed", "succeeded", Display.COMPLETED),
        ("completed", "partially_succeeded", Display.PARTIAL),
        ("failed", "", Display.FAILED),
        ("done", "failed", Display.FAILED),
        ("done", "ok", Display.UNKNOWN),
        ("running", "succeeded", Display.UNKNOWN),
        ("waiting", "pending", Display.UNKNOWN),
    ],
)
def test_it_keeps_its_status_and_outcome(
    client: ConsoleClient, tenant: Tenant, status: str, outcome: str, shown: Display
) -> None:
    reader = make_member(tenant, Role.OWNER)
    run = stored(old_run(tenant, status, outcome))
    assert (run.status, run.outcome, run.display, run.is_legacy) == (status, outcome, shown, True)
    assert (run.created_at, run.initiator_name, run.user_id) == (YEARS_AGO, "Ada", None)

    scope = scope_of(rights_of(reader.id))
    assert [each.id for each in queries.list_runs(scope, RunFilter(display=shown)).rows] == [run.id]
    assert queries.active_runs(scope) == []
    client.sign_in(reader.email)
    page = client.get(f"/operations/{run.id}")
    assert page.status_code == 200
    assert "Imported, was job-7" in page.text
    assert client.get("/operations").text.count(f'/operations/{run.id}"') > 0


@pytest.mark.parametrize("status", ["queued", "running"])
def test_an_active_one_is_refused(tenant: Tenant, status: str) -> None:
    with pytest.raises(ValueError, match=f"still {status}"):
        old_run(tenant, status, "pending")


@pytest.mark.parametrize(
    ("status", "outcome", "is_legacy"),
    [("done", "ok", False), ("failed", "failed", False), ("running", "failed", False), ("running", "pending", True)],
)
def test_the_database_refuses_what_says_nothing_of_where_it_is_from(
    tenant: Tenant, status: str, outcome: str, is_legacy: bool
) -> None:
    run = make_run(tenant)
    changes = {"status": status, "outcome": outcome, "is_legacy": is_legacy, "id": run.id}
    change = text(
        "update operation_runs set status = :status, outcome = :outcome, is_legacy = :is_legacy where id = :id"
    )
    with pytest.raises(IntegrityError, match="status_outcome"), transaction() as session:
        session.execute(change, changes)
    assert queries.get_run(run.id) == run


def test_it_is_stored_once(tenant: Tenant) -> None:
    other = make_tenant()
    assert service.import_legacy(old_run(tenant), SYSTEM) is not None
    assert service.import_legacy(old_run(tenant, "other", "words"), SYSTEM) is None
    assert service.import_legacy(old_run(tenant, reference="job-8"), SYSTEM) is not None
    assert service.import_legacy(old_run(other), SYSTEM) is not None


def test_two_that_seem_to_run_do_not_stand_in_each_other_s_way(tenant: Tenant) -> None:
    stored(old_run(tenant, "running", "odd"))
    stored(old_run(tenant, "running", "odd", reference="job-8"))


def test_nobody_is_told_and_nothing_is_done(tenant: Tenant) -> None:
    ada = make_user(name="Ada")
    run = stored(old_run(tenant, "running", "lost"))
    execution.execute(run.id)
    assert list(reconciler.findings(tenant.workspace_id)) == []
    assert inbox(ada.id).rows == ()
    assert queries.get_run(run.id) == run
    [line] = queries.transitions_of(run.id)
    assert (line.is_of(EventType.IMPORTED), line.from_status, line.to_status) == (True, None, "running")


def test_what_it_says_is_cleaned_as_that_of_any_run(tenant: Tenant) -> None:
    make_user(name="Adele Vance")
    said = "Adele Vance and Miriam Graham at 10.1.2.3 have no license"
    old = replace(
        old_run(tenant),
        initiator_name="Miriam Graham",
        counts={"total": "3", "processed": 2.5, "nonsense": 1},
        failures=(Failure(CODE, said),),
        context={"password": "correct-horse", "inputs": {"types": ["mobileApps"]}},
    )
    run = stored(old)
    assert run.counts == {"total": 3, "processed": 2}
    assert [each.message for each in run.failures] == ["[redacted] and [redacted] at [redacted] have no license"]
    assert run.context == {"password": "[redacted]", "inputs": {"types": ["mobileApps"]}}


def test_its_failure_codes_stay_although_nobody_here_knows_them(tenant: Tenant) -> None:
    run = stored(replace(old_run(tenant), failures=(Failure("OLD-17"), Failure("call +49 30 90182000"))))
    assert [each.code for each in run.failures] == ["OLD-17", "call [redacted]"]


def test_it_took_as_long_as_it_took_there(tenant: Tenant) -> None:
    end = YEARS_AGO + timedelta(seconds=90)
    assert duration_seconds_of(stored(replace(old_run(tenant), started_at=YEARS_AGO, completed_at=end))) == 90


def test_two_imports_of_one_file_at_once_store_it_once(app: Flask, tenant: Tenant) -> None:
    def store(_: int) -> Run | None:
        with app.app_context():
            return service.import_legacy(old_run(tenant), SYSTEM)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(store, range(8)))
    assert sum(answer is not None for answer in answers) == 1


def test_its_history_says_when_it_was_imported(tenant: Tenant) -> None:
    before = utcnow()
    run = stored(replace(old_run(tenant), completed_at=YEARS_AGO))
    [line] = queries.transitions_of(run.id)
    assert line.at >= before


def test_a_run_of_a_workspace_alone_is_stored_as_well(tenant: Tenant) -> None:
    run = stored(replace(old_run(tenant), tenant_id=None, completed_at=YEARS_AGO.replace(hour=4)))
    assert (run.tenant_id, run.workspace_id) == (None, tenant.workspace_id)
    assert (run.completed_at, run.updated_at) == (YEARS_AGO.replace(hour=4),) * 2
