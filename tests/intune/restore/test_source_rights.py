"""Whoever may not read a backup's tenant cannot read it through a restore either (R68), on any route that takes one."""

import pytest
from flask import Flask

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.operations import RESTORE_PREVIEW
from ops_admin.intune.restore.queries import Restore
from ops_admin.runs.queries import RunFilter, Scope, list_runs
from tests.intune.restore.restoring import items_of, make_backup, make_restore, preview, skip_groups
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member

Request = tuple[str, str]


@pytest.fixture
def restore(source: Tenant, target: Tenant) -> Restore:
    """A previewed restore with items and group mappings."""
    restore = make_restore(make_backup(source, types=["deviceConfigurations", "deviceShellScripts"]), target)
    preview(skip_groups(restore))
    return restore


@pytest.fixture
def requests(app: Flask, restore: Restore) -> list[Request]:
    """Method and path of every route that takes a restore, filled with existing ids."""
    ids = {
        "tenant_id": restore.tenant_id,
        "restore_id": restore.id,
        "item_id": items_of(restore)[0].id,
        "mapping_id": queries.list_groups(restore.id)[0].id,
    }
    urls = app.url_map.bind("localhost")
    return [
        (method, urls.build(rule.endpoint, {name: ids[name] for name in rule.arguments}, method=method))
        for rule in app.url_map.iter_rules()
        if "restore_id" in rule.arguments
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def statuses(client: ConsoleClient, requests: list[Request]) -> dict[Request, int]:
    return {(method, path): client.open(path, method=method).status_code for method, path in requests}


def test_no_route_of_a_restore_exists_for_whoever_has_a_role_on_the_target_alone(
    client: ConsoleClient, target: Tenant, requests: list[Request]
) -> None:
    client.sign_in(make_member(target, Role.OWNER).email)

    found = statuses(client, requests)

    assert len(found) > 10
    assert set(found.values()) == {404}, {request: status for request, status in found.items() if status != 404}


def test_the_same_routes_exist_for_whoever_may_read_the_source_as_well(
    client: ConsoleClient, target: Tenant, source: Tenant, requests: list[Request]
) -> None:
    user = make_member(target, Role.OWNER)
    administration.grant_role(user.id, source.id, Role.READONLY)
    client.sign_in(user.email)

    assert 404 not in statuses(client, requests).values()


def test_the_list_names_no_backup_of_a_tenant_that_the_reader_may_not_read(
    client: ConsoleClient, target: Tenant, source: Tenant, restore: Restore
) -> None:
    user = make_member(target, Role.OWNER)
    client.sign_in(user.email)
    path = f"/tenants/{target.id}/restores"

    hidden = client.get(path).text
    administration.grant_role(user.id, source.id, Role.READONLY)
    shown = client.get(path).text

    assert (restore.backup_set_name in hidden, f"{path}/{restore.id}" in hidden) == (False, False)
    assert (restore.backup_set_name in shown, f"{path}/{restore.id}" in shown) == (True, True)


def test_the_page_of_its_run_offers_nothing_that_would_be_refused(
    client: ConsoleClient, source: Tenant, target: Tenant, restore: Restore
) -> None:
    """It neither links to the restore nor offers to start it again (R36)."""
    [run] = [run for run in list_runs(scope_of_target(target), RunFilter()).rows if run.type == RESTORE_PREVIEW.key]
    link = f"/restores/{restore.id}"
    start_again = f"/operations/{run.id}/start-again"
    user = make_member(target, Role.OWNER)
    client.sign_in(user.email)

    page = client.get(f"/operations/{run.id}").text
    assert link not in page
    assert start_again not in page

    administration.grant_role(user.id, source.id, Role.READONLY)
    page = client.get(f"/operations/{run.id}").text
    assert link in page
    assert start_again in page


def scope_of_target(target: Tenant) -> Scope:
    return Scope(frozenset({target.id}), frozenset())
