"""The card, the list, the form and the download (R16, R36, R46)."""

import io
import json
import re
from datetime import timedelta
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import update

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import transaction
from ops_admin.reviews import storage
from ops_admin.reviews.models import DbReviewPack
from ops_admin.reviews.states import PackStatus
from ops_admin.runs import service
from ops_admin.runs.ledger import Actor
from ops_admin.runs.queries import get_run
from tests.intune.making import make_policy
from tests.intune.synced import count
from tests.reviews.making import (
    begin_pack,
    disk,
    generate,
    make_ready_pack,
    pack_of,
    queue_pack,
)
from tests.support.clients import ConsoleClient
from tests.support.factories import claim, make_completed_run, make_member, make_tenant, sign_in

PAST = timedelta(seconds=-1)
JSON = {"Accept": "application/json"}


@pytest.fixture
def visitor(client: ConsoleClient, operator: User) -> ConsoleClient:
    return sign_in(client, operator)


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def address(tenant: Tenant, rest: str = "") -> str:
    return f"/tenants/{tenant.id}/review-packs{rest}"


# Starting


def test_a_start_answers_as_every_start_does(visitor: ConsoleClient, tenant: Tenant) -> None:
    first = visitor.post(address(tenant), headers=JSON)
    again = visitor.post(address(tenant), headers=JSON)

    assert (first.status_code, first.get_json()["created"], first.get_json()["status"]) == (202, True, "queued")
    assert (again.status_code, again.get_json()["created"]) == (200, False)
    assert again.get_json()["run_id"] == first.get_json()["run_id"]


def test_without_javascript_it_leads_back_to_the_list(visitor: ConsoleClient, tenant: Tenant) -> None:
    answer = visitor.post(address(tenant), follow_redirects=True)

    assert answer.request.path == address(tenant)
    assert "Queued" in words_of(answer.text)


def test_the_form_chooses_period_and_sections(visitor: ConsoleClient, tenant: Tenant) -> None:
    form = {"choosing": "yes", "days": " 90 ", "sections": ["operations", "inventory"]}

    run_id = visitor.post(address(tenant), data=form, headers=JSON).get_json()["run_id"]

    assert pack_of(get_run(run_id)).options.as_json() == {"days": 90, "sections": ["inventory", "operations"]}


def test_json_takes_the_same_options(visitor: ConsoleClient, tenant: Tenant) -> None:
    answer = visitor.post(address(tenant), json={"options": {"days": 1}}, headers=JSON)

    assert pack_of(get_run(answer.get_json()["run_id"])).options.days == 1


def test_another_like_one_covers_the_same(visitor: ConsoleClient, tenant: Tenant) -> None:
    pack = pack_of(generate(tenant, days=90, sections=["inventory"]))

    run_id = visitor.post(address(tenant), data={"like": pack.id}, headers=JSON).get_json()["run_id"]

    assert pack_of(get_run(run_id)).options == pack.options


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"days": "0", "sections": ["inventory"]}, "from 1 to 366"),
        ({"days": "many", "sections": ["inventory"]}, "from 1 to 366"),
        ({"days": "9" * 40, "sections": ["inventory"]}, "from 1 to 366"),
        ({"days": "7"}, "Choose at least one section"),
        ({"days": "7", "sections": ["weather"]}, "no section “weather”"),
    ],
)
def test_a_wrong_form_is_explained_and_keeps_what_was_typed(
    visitor: ConsoleClient, tenant: Tenant, form: dict[str, object], complaint: str
) -> None:
    answer = visitor.post(address(tenant), data={"choosing": "yes", **form})

    assert answer.status_code == 422
    assert complaint in answer.text
    assert f'value="{form["days"]}"' in answer.text
    assert count(DbReviewPack) == 0


@pytest.mark.parametrize("body", [[], {"options": 7}, {"options": {"days": True}}, {"options": {"years": 1}}, {"x": 1}])
def test_wrong_json_is_refused_by_field(visitor: ConsoleClient, tenant: Tenant, body: object) -> None:
    answer = visitor.post(address(tenant), json=body, headers=JSON)

    assert (answer.status_code, list(answer.get_json())) == (422, ["errors"])


def test_a_reader_may_look_and_download_but_not_start(client: ConsoleClient, tenant: Tenant) -> None:
    pack = make_ready_pack(tenant)
    sign_in(client, make_member(tenant, Role.READONLY))

    page = client.get(address(tenant))
    assert (page.status_code, "Generate" in page.text.replace("Generated", "")) == (200, False)
    assert client.get(address(tenant, f"/{pack.id}/download")).status_code == 200
    assert [client.post(address(tenant)).status_code, client.get(address(tenant, "/new")).status_code] == [403, 403]


# The card


def card_of(visitor: ConsoleClient, tenant: Tenant) -> str:
    return visitor.get(address(tenant, "/card")).text


def status_of(card: str) -> str:
    found = re.search(r'data-status="(\w*)"', card)
    assert found is not None
    return found.group(1)


def test_the_card_says_that_there_is_none_yet(visitor: ConsoleClient, tenant: Tenant) -> None:
    card = card_of(visitor, tenant)

    assert status_of(card) == ""
    assert "people who have no login here" in card


def test_the_card_shows_each_state_of_the_newest_pack(visitor: ConsoleClient, tenant: Tenant) -> None:
    make_ready_pack(tenant)
    run = queue_pack(tenant)
    assert "Waiting for a worker" in card_of(visitor, tenant)

    run = claim(run)
    service.advance(run, {"total": 10, "processed": 4})
    card = card_of(visitor, tenant)
    assert (status_of(card), 'value="40"' in card, "Generate again" in card) == ("generating", True, False)

    service.request_cancel(run.id, Actor.worker("Ada"))
    make_completed_run(tenant)
    storage.fail_pack(run.id, "disk.unavailable")
    card = card_of(visitor, tenant)
    assert (status_of(card), "Is it full" in card, "Generate again" in card) == ("failed", True, True)

    pack = make_ready_pack(tenant)
    card = card_of(visitor, tenant)
    assert (status_of(card), f"/{pack.id}/download" in card) == ("ready", True)
    assert "3 policies · 1 new, 1 changed, 0 missing · 2 assigned, 1 not · 4 operations" in words_of(card)


def test_a_pack_whose_time_is_over_is_shown_as_expired_before_housekeeping_comes(
    visitor: ConsoleClient, tenant: Tenant
) -> None:
    make_ready_pack(tenant, lifetime=PAST)

    card = words_of(card_of(visitor, tenant))

    assert "Expired" in card
    assert "Download" not in card
    assert "Download" not in words_of(visitor.get(address(tenant)).text.partition("<tbody>")[2])


def test_an_unknown_state_breaks_no_page(visitor: ConsoleClient, tenant: Tenant) -> None:
    pack = make_ready_pack(tenant)
    with transaction() as session:
        session.execute(update(DbReviewPack).where(DbReviewPack.id == pack.id).values(status=PackStatus.EXPIRED))
        session.execute(update(DbReviewPack).values(options={"days": "soon", "sections": 7}))

    assert visitor.get(address(tenant)).status_code == 200


def test_the_overview_shows_the_card_to_those_who_may_look(visitor: ConsoleClient, tenant: Tenant) -> None:
    make_policy(tenant)
    make_ready_pack(tenant)

    assert "data-review-packs" in visitor.get(f"/tenants/{tenant.id}").text


# The list


def test_the_list_is_newest_first_in_pages_and_links_to_the_runs(visitor: ConsoleClient, tenant: Tenant) -> None:
    packs = [make_ready_pack(tenant) for _ in range(52)]
    make_ready_pack(make_tenant())

    first = visitor.get(address(tenant)).text
    older = re.search(r'rel="next"\s+href="([^"]+)"', first)
    assert older is not None
    second = visitor.get(older.group(1)).text

    numbers = [int(number) for page in (first, second) for number in re.findall(r"Review pack #(\d+) <", page)]
    assert numbers == [pack.id for pack in reversed(packs)]
    assert f'href="/operations/{packs[-1].operation_run_id}"' in first


@pytest.mark.parametrize("place", ["cursor=after~-1", "cursor=abc", "cursor=after~" + "9" * 30, "before=1"])
def test_a_place_that_makes_no_sense_is_the_beginning(visitor: ConsoleClient, tenant: Tenant, place: str) -> None:
    make_ready_pack(tenant)

    assert "Review pack #" in visitor.get(address(tenant, f"?{place}")).text


def test_the_run_of_a_pack_links_to_it(visitor: ConsoleClient, tenant: Tenant, operator: User) -> None:
    run = generate(tenant, operator)

    assert f'href="{address(tenant)}"' in visitor.get(f"/operations/{run.id}").text


# The download


def test_the_download_is_the_file_with_a_name_and_a_length(visitor: ConsoleClient, tenant: Tenant) -> None:
    make_policy(tenant)
    pack = pack_of(generate(tenant))

    answer = visitor.get(address(tenant, f"/{pack.id}/download"))

    assert (answer.status_code, answer.mimetype, answer.content_length) == (200, "application/zip", pack.file_size)
    assert re.fullmatch(
        r"attachment; filename=review-pack-contoso-\d{4}-\d\d-\d\d\.zip", answer.headers["Content-Disposition"]
    )
    assert json.loads(ZipFile(io.BytesIO(answer.data)).read("manifest.json"))["tenant"]["id"] == tenant.external_id


def test_it_streams_a_piece_at_a_time(app: Flask, visitor: ConsoleClient, tenant: Tenant) -> None:
    pack = make_ready_pack(tenant, content=b"x" * 3_000_000)

    answer = visitor.get(address(tenant, f"/{pack.id}/download"), buffered=False)

    sizes = [len(piece) for piece in answer.response]
    assert (sum(sizes), max(sizes) < 1_000_000) == (3_000_000, True)
    answer.close()


@pytest.mark.parametrize("headers", [{}, JSON], ids=["page", "json"])
def test_after_its_expiry_a_pack_says_so(visitor: ConsoleClient, tenant: Tenant, headers: dict[str, str]) -> None:
    pack = make_ready_pack(tenant, lifetime=PAST)

    answer = visitor.get(address(tenant, f"/{pack.id}/download"), headers=headers)

    assert answer.status_code == 410
    assert "This review pack has expired" in answer.text


def test_a_file_that_somebody_removed_is_explained(visitor: ConsoleClient, tenant: Tenant) -> None:
    pack = make_ready_pack(tenant)
    disk().delete(str(pack.file_path))

    answer = visitor.get(address(tenant, f"/{pack.id}/download"))

    assert (answer.status_code, "The file of this review pack is gone" in answer.text) == (410, True)


def test_a_disk_that_is_not_configured_any_more_is_explained(visitor: ConsoleClient, tenant: Tenant) -> None:
    pack = make_ready_pack(tenant)
    with transaction() as session:
        session.execute(update(DbReviewPack).values(file_disk="s3"))

    assert visitor.get(address(tenant, f"/{pack.id}/download")).status_code == 503


def test_a_pack_without_a_file_is_explained(visitor: ConsoleClient, tenant: Tenant) -> None:
    pack = pack_of(begin_pack(tenant))

    answer = visitor.get(address(tenant, f"/{pack.id}/download"))

    assert (answer.status_code, "has no file" in answer.text) == (409, True)


def test_a_pack_of_another_tenant_is_not_found(visitor: ConsoleClient, tenant: Tenant, operator: User) -> None:
    foreign = make_ready_pack(make_tenant())

    for pack_id in (foreign.id, 2**70, 0):
        assert visitor.get(address(tenant, f"/{pack_id}/download")).status_code == 404
    assert visitor.post(address(tenant), data={"like": foreign.id}).status_code == 404
    assert visitor.get(f"/tenants/{foreign.tenant_id}/review-packs/{foreign.id}/download").status_code == 404
