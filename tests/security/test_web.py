"""Forged forms, tampered cookies, foreign hosts, paths that lead elsewhere: of every route, not of a few (R38)."""

from itertools import chain, repeat
from pathlib import Path

import pytest
import requests
from flask import Flask, current_app
from sqlalchemy import func, select, text, update

from ops_admin.access.guards import guard_of
from ops_admin.config import Settings
from ops_admin.infra.database import Base, db, transaction
from ops_admin.intune.policies.models import DbPolicyExport
from ops_admin.reviews.models import DbReviewPack
from tests.security.junk import addresses_of, spying
from tests.support.clients import ConsoleClient
from tests.support.environment import DEMO_PASSWORD
from tests.support.pages import World, make_world
from tests.support.processes import running_console

EVIL = "evil.example"
SESSION = "ops_admin_session"
# What every look at the console may write: when somebody was last seen.
LIVELY = {"sign_ins"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def world(app: Flask) -> World:
    with app.app_context():
        return make_world()


@pytest.fixture
def owner(client: ConsoleClient, world: World) -> ConsoleClient:
    client.sign_in(world.user.email)
    return client


def everything(app: Flask) -> dict[str, int]:
    """How many rows each table has, and the sum of the runs' revisions: a change of any of them is a change."""
    with app.app_context():
        tables = [table for table in Base.metadata.sorted_tables if table.name not in LIVELY]
        counts = {
            table.name: db.session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
        }
        revisions = db.session.execute(text("select sum(revision) from operation_runs")).scalar_one()
        messages = db.session.execute(text("select count(*) from task")).scalar_one()
    return {**counts, "revisions": revisions, "messages": messages}


def unsafe_routes(app: Flask, world: World) -> dict[str, str]:
    """Every route that changes something, signing out last."""
    routes = {**addresses_of(app, world, "POST"), "access.logout": "/logout"}
    assert {"DELETE", "PUT", "PATCH"}.isdisjoint({m for rule in app.url_map.iter_rules() for m in rule.methods or ()})
    assert all(guard_of(app.view_functions[endpoint]) for endpoint in routes)
    return routes


@pytest.mark.parametrize("token", [None, "made-up", "another's"])
def test_a_forged_form_changes_nothing_on_any_route(
    app: Flask, owner: ConsoleClient, world: World, token: str | None
) -> None:
    before = everything(app)
    other = app.test_client()
    assert isinstance(other, ConsoleClient)
    headers = {} if token is None else {"X-CSRFToken": other._csrf_token() if token == "another's" else token}
    owner.sends_csrf = False
    for endpoint, path in unsafe_routes(app, world).items():
        response = owner.post(path, data={"all": "1"}, headers=headers)
        assert response.status_code == 400, endpoint
    assert everything(app) == before
    assert owner.get("/operations").status_code == 200, "another site has signed the owner out"


def test_without_a_sign_in_no_token_helps(app: Flask, client: ConsoleClient, world: World) -> None:
    before = everything(app)
    for endpoint, path in unsafe_routes(app, world).items():
        if endpoint not in ("access.login", "microsoft.begin"):
            assert client.post(path).status_code in (302, 303, 401), endpoint
    assert everything(app) == before


def test_a_cookie_that_was_tampered_with_is_nobodys(app: Flask, owner: ConsoleClient) -> None:
    cookie = owner.get_cookie(SESSION)
    assert cookie is not None
    value = cookie.value
    halves = value.split(".")
    wrong = [value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :] for at in range(0, len(value) - 1, 7)]
    wrong += [".".join(reversed(halves)), value[:-3], "." + value, "eyJ9.x.y", "a" * 3_000]
    for each in wrong:
        stranger = app.test_client()
        stranger.set_cookie(SESSION, each)
        assert stranger.get("/operations").status_code == 302, each[:60]


@pytest.mark.parametrize(
    "header", ["Host", "X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"]
)
def test_no_page_repeats_a_foreign_host(app: Flask, owner: ConsoleClient, world: World, header: str) -> None:
    value = f"host={EVIL}" if header == "Forwarded" else EVIL
    for endpoint, path in addresses_of(app, world, "GET").items():
        with owner.get(path, headers={header: value}) as response:
            told = {**response.headers, "body": response.get_data(as_text=True)}
        said = {name for name, each in told.items() if EVIL in each}
        assert not said, f"{endpoint} repeats it in {said}"
        assert "public" not in response.headers.get("Cache-Control", ""), "a cache would give it to others"


@pytest.mark.parametrize("target", [f"//{EVIL}", f"https://{EVIL}", f"/\\{EVIL}", f"/\t/{EVIL}", "javascript:alert(1)"])
def test_no_field_leads_to_another_site(owner: ConsoleClient, world: World, target: str) -> None:
    named = dict.fromkeys(("next", "back", "back_to", "return_to", "url", "redirect", "to"), target)
    sign_in = {"email": world.user.email, "password": DEMO_PASSWORD}
    response = owner.post("/login", query_string=named, data={**named, **sign_in})
    assert response.location == "/"


@pytest.mark.parametrize(
    "path", ["../secret-key", "../../../../../etc/passwd", "/etc/passwd", "exports/../../secret-key"]
)
def test_a_path_that_was_tampered_with_leads_to_no_other_file(
    app: Flask, owner: ConsoleClient, world: World, path: str
) -> None:
    with app.app_context():
        settings: Settings = current_app.config["SETTINGS"]
        (settings.data_dir / "secret-key").write_text("the key itself")
        with transaction() as session:
            session.execute(update(DbReviewPack).values(file_path=path))
            session.execute(update(DbPolicyExport).values(file_path=path))
    downloads = [f"/tenants/{world.tenant.id}/review-packs/{world.pack_id}/download"]
    downloads.append(f"/tenants/{world.tenant.id}/policies/exports/{world.run.id}")
    for download in downloads:
        with owner.get(download) as response:
            assert response.status_code in (404, 410, 503), download
            assert "the key itself" not in response.get_data(as_text=True)
            assert "root:" not in response.get_data(as_text=True)


def sent_in_chunks(url: str, megabytes: int) -> requests.Response:
    """Send a form of unknown length, as a client that streams it does."""
    piece = b"a" * 2**20
    body = chain([b"email="], repeat(piece, megabytes))
    return requests.post(url, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=60)


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(tmp_path: Path, sqlite_url: str) -> None:
    with running_console(tmp_path, OPS_ADMIN_DATABASE_URL=sqlite_url) as console:
        console.start_web()
        for path in ("/login", "/tenants/1/backups"):
            for megabytes in (3, 20):
                response = sent_in_chunks(console.base_url + path, megabytes)
                assert (response.status_code, len(response.content) < 50_000) == (413, True)
                assert "That is too much at once" in response.text
        small = sent_in_chunks(console.base_url + "/login", 1)
        assert small.status_code == 400  # it has no token
        assert len(small.content) < 50_000


def test_no_form_gives_back_more_than_has_room_in_a_field(app: Flask, owner: ConsoleClient, world: World) -> None:
    typed = "q" * 20_000
    giving_back = set()
    with spying(app) as asked:
        for _ in range(2):  # the first round learns what each asks for
            for endpoint, path in addresses_of(app, world, "POST").items():
                response = owner.post(path, data=dict.fromkeys({"more", *asked[endpoint]} - {"csrf_token"}, typed))
                if typed[:1000] in response.text + response.headers.get("Location", ""):
                    giving_back.add(endpoint)
    assert giving_back == set()
    assert {"email", "name", "days", "at_time", "time_zone", "cursor"} <= set().union(*asked.values())
