"""A finished run is described with one word everywhere (R31, docs/adr/0027-one-word-for-an-end.md)."""

import re
from collections.abc import Iterator, Mapping
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.cli import main
from ops_admin.infra.database import db
from ops_admin.notifications import queries as inbox
from ops_admin.notifications.events import notification_created
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import transitions_of
from ops_admin.runs.states import Display, Outcome
from ops_admin.runs.web import presenter, template_globals
from ops_admin.runs.web.filter_options import filter_choices
from ops_admin.runs.web.timeline import steps_of
from tests.reviews.making import generate, pack_of, read_rows, report_of
from tests.support.clients import ConsoleClient
from tests.support.factories import make_completed_run, make_member, make_tenant

# R31's word for each end. The outcome's own label appears only where it is called "Outcome".
WORDS = {
    Outcome.SUCCEEDED: "Completed",
    Outcome.PARTIALLY_SUCCEEDED: "Partial",
    Outcome.FAILED: "Failed",
    Outcome.CANCELLED: "Cancelled",
}
LABEL = "Inventory sync"

Ends = Mapping[Outcome, Run]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant(name="Contoso")


@pytest.fixture
def owner(client: ConsoleClient, tenant: Tenant) -> User:
    user = make_member(tenant, Role.OWNER)
    client.sign_in(user.email)
    return user


@pytest.fixture
def told() -> Iterator[list[Mapping[str, object]]]:
    """The notifications that browsers receive from here on."""
    heard: list[Mapping[str, object]] = []
    with notification_created.connected_to(lambda _, payload: heard.append(payload)):
        yield heard


@pytest.fixture
def ends(told: list[Mapping[str, object]], tenant: Tenant, owner: User) -> Ends:
    """One run for each way to end."""
    return {outcome: make_completed_run(tenant, owner, outcome=outcome) for outcome in WORDS}


def test_every_end_has_a_word() -> None:
    assert set(WORDS) == set(Outcome) - {Outcome.PENDING}


def test_the_badge_says_it(ends: Ends) -> None:
    for outcome, run in ends.items():
        assert presenter.badge_of_run(run).label == presenter.result_of(run) == WORDS[outcome]


def test_the_widget_says_it_by_the_words_that_the_page_brought(ends: Ends, app: Flask) -> None:
    with app.test_request_context():
        badges = template_globals.status_badges()
    for outcome, run in ends.items():
        row = presenter.widget_row(run)
        assert badges[row.display]["label"] == badges[str(row.payload()["status"])]["label"] == WORDS[outcome]


def test_the_notification_says_it_in_the_inbox_and_to_the_browsers(
    ends: Ends, told: list[Mapping[str, object]], owner: User, client: ConsoleClient
) -> None:
    titles = [f"{LABEL}: {WORDS[outcome]}" for outcome in ends]
    assert [payload["title"] for payload in told] == titles
    assert [each.title for each in inbox.inbox(owner.id).rows] == titles[::-1]
    page = words_of(client.get("/notifications").text)
    assert all(title in page for title in titles)


def test_every_page_with_the_run_says_it(ends: Ends, tenant: Tenant, client: ConsoleClient) -> None:
    for path in ("/operations", f"/tenants/{tenant.id}"):
        assert badges_of(client.get(path).text) == set(WORDS.values()), path
    for outcome, run in ends.items():
        for path in (f"/operations/{run.id}", f"/operations?state={run.display}"):
            assert badges_of(client.get(path).text) == {WORDS[outcome]}, path


def test_the_page_of_the_run_calls_the_outcome_that_and_says_nothing_else(ends: Ends, client: ConsoleClient) -> None:
    for outcome, run in ends.items():
        content = words_of(client.get(f"/operations/{run.id}").text.partition('id="run"')[2])
        stored = f"Outcome {presenter.outcome_label(outcome)}"
        assert stored in content
        assert said_in(content.replace(stored, "")) == {WORDS[outcome]}


def test_the_timeline_ends_with_it(ends: Ends, app: Flask) -> None:
    with app.test_request_context():
        for outcome, run in ends.items():
            assert steps_of(run, transitions_of(run.id))[0].badge.label == WORDS[outcome]


def test_the_filter_of_the_list_says_it(ends: Ends, app: Flask) -> None:
    with app.test_request_context():
        offered = dict(filter_choices([], [])["state"])
    assert {outcome: offered[str(run.display)] for outcome, run in ends.items()} == WORDS


def test_no_filter_calls_all_runs_that_have_ended_completed(app: Flask) -> None:
    with app.test_request_context():
        choices = filter_choices([], [])
    completed = WORDS[Outcome.SUCCEEDED]
    assert [name for name, offered in choices.items() if completed in dict(offered).values()] == ["state"]


def test_the_command_line_says_it(ends: Ends, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_admin.cli.context.create_app", lambda _: app)
    monkeypatch.setenv("COLUMNS", "200")
    for outcome, run in ends.items():
        shown = command(app, "show", str(run.id))
        assert said_in(re.sub(r"Outcome: .*", "", shown)) == {WORDS[outcome]}
        assert f"Outcome: {presenter.outcome_label(outcome)}" in shown
    assert said_in(command(app, "list")) == set(WORDS.values())


def test_a_review_pack_says_it(ends: Ends, tenant: Tenant, owner: User) -> None:
    pack = pack_of(generate(tenant, owner, sections=["operations"]))
    assert said_in(words_of(report_of(pack))) == set(WORDS.values())
    states = {row["run"]: row["state"] for row in read_rows(pack, "operations")}
    assert {run.id: str(run.display) for run in ends.values()}.items() <= states.items()


def command(app: Flask, *words: str) -> str:
    db.session.rollback()  # the command closes every connection, so none of them may be ours
    output = FlaskCliRunner(app).invoke(main, ["runs", *words]).output
    db.session.rollback()
    return output


def badges_of(page: str) -> set[str]:
    """The labels of the run badges on a page."""
    content = page.partition("<main")[2].partition("</main>")[0]
    return {unescape(label).strip() for label in re.findall(r'data-slot="badge"[^>]*>([^<]*)<', content)}


def words_of(page: str) -> str:
    """The text of a page as a reader sees it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def said_in(text: str) -> set[str]:
    """The words for an end that a text contains."""
    known = {*WORDS.values(), *map(presenter.outcome_label, WORDS), str(presenter.DISPLAY_LABELS[Display.UNKNOWN])}
    return {word for word in known if re.search(rf"\b{word}\b", text)}
