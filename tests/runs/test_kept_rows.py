"""The rows of ended runs are rendered once, and never shown when out of date (R35)."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask_babel import force_locale
from markupsafe import Markup
from sqlalchemy import null, update

from ops_admin.access.capabilities import Role
from ops_admin.access.models import DbTenant
from ops_admin.infra.database import transaction
from ops_admin.runs.ledger import Failure, Run
from ops_admin.runs.models import DbOperationRun
from ops_admin.runs.states import Outcome
from ops_admin.runs.web.kept_rows import KeptRows
from tests.support.clients import ConsoleClient
from tests.support.factories import make_completed_run, make_member, make_running_run, make_tenant


class Pen:
    """Renders rows and counts them."""

    def __init__(self) -> None:
        self.drawn = 0

    def draw(self) -> Markup:
        self.drawn += 1
        return Markup(f"<tr>{self.drawn}</tr>")  # noqa: S704  # a number


@pytest.fixture
def pen() -> Pen:
    return Pen()


@pytest.fixture
def ended(app_context: Flask) -> Run:
    return make_completed_run()


def test_the_row_of_an_ended_run_is_drawn_once(ended: Run, pen: Pen) -> None:
    rows = KeptRows()
    first = rows.row(ended, "Contoso", True, pen.draw)
    assert rows.row(replace(ended), "Contoso", True, pen.draw) == first
    assert pen.drawn == 1


def test_a_run_that_changed_is_drawn_again(ended: Run, pen: Pen) -> None:
    rows = KeptRows()
    rows.row(ended, "Contoso", True, pen.draw)
    # Even without a new revision: a test or a restored database may have another run with the same id.
    rows.row(replace(ended, initiator_name="Somebody else"), "Contoso", True, pen.draw)
    rows.row(replace(ended, revision=ended.revision + 1), "Contoso", True, pen.draw)
    assert pen.drawn == 3


def test_the_ids_that_a_run_worked_on_are_not_kept(ended: Run, pen: Pen) -> None:
    rows = KeptRows()
    rows.row(replace(ended, context={"inputs": {"policy_ids": list(range(10_000))}}), "Contoso", True, pen.draw)
    [(kept, _)] = rows._rows.values()
    assert kept.context == {}


def test_what_else_a_row_shows_makes_it_another(ended: Run, pen: Pen) -> None:
    rows = KeptRows()
    rows.row(ended, "Contoso", True, pen.draw)
    rows.row(ended, "Contoso Ltd", True, pen.draw)
    rows.row(ended, "Contoso", False, pen.draw)
    rows.row(ended, "Contoso", None, pen.draw)
    with force_locale("de"):
        rows.row(ended, "Contoso", True, pen.draw)
    assert pen.drawn == 5


def test_an_active_run_is_always_drawn(app_context: Flask, pen: Pen) -> None:
    rows, active = KeptRows(), make_running_run()
    rows.row(active, "Contoso", True, pen.draw)
    rows.row(active, "Contoso", True, pen.draw)
    assert pen.drawn == 2


def test_the_rows_used_last_are_kept(app_context: Flask, pen: Pen) -> None:
    rows = KeptRows(most=2)
    one, two, three = (make_completed_run() for _ in range(3))
    for run in (one, two, one, three, one):
        rows.row(run, "Contoso", True, pen.draw)
    assert pen.drawn == 3
    rows.row(two, "Contoso", True, pen.draw)
    assert pen.drawn == 4


def test_the_list_shows_what_changed_after_a_run_ended(client: ConsoleClient, app_context: Flask) -> None:
    tenant = make_tenant(name="Contoso")
    client.sign_in(make_member(tenant, Role.OWNER).email)
    make_completed_run(tenant, outcome=Outcome.FAILED, failures=(Failure("graph.forbidden"),))
    before = client.get("/operations").text
    assert client.get("/operations").text.count("Contoso") == before.count("Contoso")
    with transaction() as session:
        session.execute(update(DbTenant).values(display_name="Fabrikam"))
        session.execute(update(DbOperationRun).values(failure_summary=null()))
    [why] = re.findall(r'run-why">([^<]+)<', before)
    after = client.get("/operations").text
    assert "Fabrikam ·" in after
    assert why not in after
