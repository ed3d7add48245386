"""An export can be downloaded from its run's page until it expires, and is clearly refused afterwards (R37, R41)."""

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.policies.exports import find_export
from ops_admin.intune.policies.models import DbPolicyExport
from ops_admin.runs.ledger import Run
from tests.intune.making import make_policy
from tests.intune.policies.bulk import run_on
from tests.support.application import make_settings
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_run, make_tenant, sign_in


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def settings(database_url: str, tmp_path: Any) -> Settings:
    """Settings without Graph: no page needs it."""
    return make_settings(tmp_path, database_url)


@pytest.fixture
def contoso(app_context: Flask) -> Tenant:
    return make_tenant(name="Contoso")


@pytest.fixture
def exported(contoso: Tenant) -> Run:
    return run_on("policies.export", contoso, [make_policy(contoso, "One")])


@pytest.fixture
def visitor(client: ConsoleClient, contoso: Tenant) -> ConsoleClient:
    return sign_in(client, make_member(contoso, Role.OPERATOR))


def address_of(tenant: Tenant, run: Run) -> str:
    return f"/tenants/{tenant.id}/policies/exports/{run.id}"


def expire(run: Run) -> None:
    with transaction() as session:
        session.execute(update(DbPolicyExport).values(expires_at=utcnow() - timedelta(seconds=1)))


def test_the_page_of_the_run_links_to_the_file(visitor: ConsoleClient, contoso: Tenant, exported: Run) -> None:
    page = visitor.get(f"/operations/{exported.id}").text
    assert f'href="{address_of(contoso, exported)}"' in page
    assert ("selection" in facts_of(page), "Selected 1" in facts_of(page)) == (False, True)

    response = visitor.get(address_of(contoso, exported))

    assert (response.status_code, response.mimetype) == (200, "application/zip")
    assert f"Contoso policies {exported.created_at:%Y-%m-%d}.zip" in response.headers["Content-Disposition"]
    assert response.content_length == len(response.data)
    assert zipfile.ZipFile(io.BytesIO(response.data)).namelist() == ["intents/One.json", "manifest.json"]


def facts_of(page: str) -> str:
    facts = page[page.index('id="facts-title"') : page.index('id="related-title"')]
    return " ".join(re.sub(r"<[^>]+>", " ", facts).split())


def test_what_was_asked_for_is_said_in_the_words_of_the_form(visitor: ConsoleClient, contoso: Tenant) -> None:
    inputs = {"policy_ids": [4, 5, 6], "mapping": {}, "mode": "merge", "assignments": True, "unheard": 7}
    run = make_run(contoso, type="assignments.restore", context={"inputs": inputs})

    facts = facts_of(visitor.get(f"/operations/{run.id}").text)

    assert all(text in facts for text in ("Selected policies 3", "Other assignments stay", "With assignments Yes"))
    assert ("4, 5" in facts, "Groups mapped" in facts, "Input unheard 7" in facts) == (False, False, True)


def test_an_expired_export_is_explained_everywhere(visitor: ConsoleClient, contoso: Tenant, exported: Run) -> None:
    expire(exported)

    response = visitor.get(address_of(contoso, exported))

    assert (response.status_code, "This export has expired" in response.text) == (410, True)
    page = visitor.get(f"/operations/{exported.id}").text
    assert ("has expired" in page, address_of(contoso, exported) in page) == (True, False)


def test_a_file_that_is_lost_before_it_expires_is_explained(
    visitor: ConsoleClient, contoso: Tenant, exported: Run, settings: Settings
) -> None:
    export = find_export(contoso.id, exported.id)
    assert export is not None
    (settings.data_dir / "files" / export.file_path).unlink()

    response = visitor.get(address_of(contoso, exported))

    assert (response.status_code, "The file is gone" in response.text) == (410, True)


def test_a_disk_no_longer_configured_is_explained(visitor: ConsoleClient, contoso: Tenant, exported: Run) -> None:
    with transaction() as session:
        session.execute(update(DbPolicyExport).values(file_disk="s3"))

    response = visitor.get(address_of(contoso, exported))

    assert (response.status_code, "cannot be read at the moment" in response.text) == (503, True)


def test_who_may_not_export_may_not_download(client: ConsoleClient, contoso: Tenant, exported: Run) -> None:
    sign_in(client, make_member(contoso, Role.READONLY))

    assert client.get(address_of(contoso, exported)).status_code == 403
    assert address_of(contoso, exported) not in client.get(f"/operations/{exported.id}").text


def test_another_tenants_export_is_not_found(visitor: ConsoleClient, contoso: Tenant) -> None:
    other = make_tenant()
    foreign = run_on("policies.export", other, [make_policy(other)])

    assert visitor.get(address_of(contoso, foreign)).status_code == 404
    assert visitor.get(address_of(other, foreign)).status_code == 404
    assert visitor.get(f"/tenants/{contoso.id}/policies/exports/{2**64}").status_code == 404
