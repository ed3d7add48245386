"""A secret of the tenant is nowhere in the console but sealed, and on the pages of owners who ask for it (R56)."""

from pathlib import Path

import pytest

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.intune.backups.queries import list_all_items
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.backups.capturing import back_up, set_of
from tests.intune.policies.bulk import run_on
from tests.intune.policies.test_export import archive_of
from tests.intune.restore.restoring import execute_restore, items_of, make_reader, make_restore, preview
from tests.intune.secrets.planting import CUSTOM, NETWORK, SECRETS, VPN, files, leaked, plant, rows
from tests.intune.synced import policies_of, sync_inventory
from tests.reviews.making import generate, open_zip, pack_of
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, sign_in

TYPES = ("deviceConfigurations", "configurationPolicies")


def test_no_table_and_no_file_holds_a_secret(
    tenant: Tenant, target: Tenant, simulator: Simulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert sync_inventory(tenant, *TYPES).outcome == Outcome.SUCCEEDED
    simulator.control("DELETE", f"tenants/{tenant.external_id}/deviceConfigurations")
    plant(simulator, tenant, VPN="planted-vpn-changed-0")
    sync_inventory(tenant, *TYPES)
    backup = set_of(back_up(tenant, types=list(TYPES)))
    restore = make_restore(backup, target)
    preview(restore)
    execute_restore(restore)
    export = run_on("policies.export", tenant, [policy.id for policy in policies_of(tenant)])
    pack = pack_of(generate(tenant))

    known = (*SECRETS.values(), "planted-vpn-changed-0")
    assert leaked(rows(), known) == set()
    assert leaked(caplog.text, known) == set()
    for archive in (archive_of(tenant, export), open_zip(pack)):
        assert {name for name in archive.namelist() if leaked(archive.read(name).decode(), known)} == set()
    assert leaked(files(tmp_path), known) == set()


def test_the_console_knows_what_graph_told_and_what_not(tenant: Tenant) -> None:
    backup = set_of(back_up(tenant, types=list(TYPES)))

    unknown = {item.name: item.unknown_secrets for item in list_all_items(backup.id)}

    assert unknown == {CUSTOM: 0, VPN: 0, NETWORK: 1, "Planted catalog": 1}


def test_without_the_right_to_write_the_values_stay_unknown(tenant: Tenant, simulator: Simulator) -> None:
    withheld = {"withheld": ["DeviceManagementConfiguration.ReadWrite.All"]}
    simulator.control("PUT", f"tenants/{tenant.external_id}/conduct", **withheld)

    run = back_up(tenant, types=list(TYPES))

    assert run.outcome == Outcome.SUCCEEDED
    assert {item.name: item.unknown_secrets for item in list_all_items(set_of(run).id)}[CUSTOM] == 1


@pytest.mark.parametrize("role", Role)
def test_pages_of_every_role_mark_secrets_and_show_none(tenant: Tenant, client: ConsoleClient, role: Role) -> None:
    sync_inventory(tenant, *TYPES)
    backup = set_of(back_up(tenant, types=list(TYPES)))
    sign_in(client, make_member(tenant, role))
    custom = next(policy for policy in policies_of(tenant) if policy.name == CUSTOM)
    item = next(item for item in list_all_items(backup.id) if item.name == CUSTOM)
    place, held = f"/tenants/{tenant.id}/policies/{custom.id}", f"/tenants/{tenant.id}/backups/{backup.id}"

    pages = [place, f"{place}/versions/1.json", f"{held}", f"{held}/items/{item.id}", f"{held}/items/{item.id}.json"]
    texts = [client.get(page) for page in pages]

    assert {answer.status_code for answer in texts} == {200}
    assert leaked("".join(answer.text for answer in texts)) == set()
    assert all("Licence" in texts[index].text and "Sealed" in texts[index].text for index in (0, 3))
    assert "Cannot be restored by itself" in texts[2].text
    assert ("Show secrets" in texts[0].text) is (role is Role.OWNER)


@pytest.mark.parametrize("role", Role)
def test_only_an_owner_who_asks_is_shown_the_value(
    tenant: Tenant, client: ConsoleClient, role: Role, caplog: pytest.LogCaptureFixture
) -> None:
    sync_inventory(tenant, *TYPES)
    backup = set_of(back_up(tenant, types=list(TYPES)))
    user = make_member(tenant, role)
    sign_in(client, user)
    custom = next(policy for policy in policies_of(tenant) if policy.name == CUSTOM)
    item = next(item for item in list_all_items(backup.id) if item.name == CUSTOM)
    addresses = (
        f"/tenants/{tenant.id}/policies/{custom.id}/versions/1/secrets",
        f"/tenants/{tenant.id}/backups/{backup.id}/items/{item.id}/secrets",
    )

    for address in addresses:
        page, file = client.post(address), client.post(address, data={"as": "file"})
        is_shown = role is Role.OWNER
        assert {page.status_code, file.status_code} == ({200} if is_shown else {403})
        assert (SECRETS["custom setting"] in page.text, SECRETS["custom setting"] in file.text) == (is_shown, is_shown)
        if is_shown:
            assert page.headers["Cache-Control"] == file.headers["Cache-Control"] == "no-store"
    said = [record.getMessage() for record in caplog.records if "read the secrets" in record.getMessage()]
    assert len(said) == (4 if role is Role.OWNER else 0)
    assert leaked("".join(said)) == set()


def test_the_value_cannot_be_fetched_with_a_link(tenant: Tenant, client: ConsoleClient) -> None:
    sync_inventory(tenant, *TYPES)
    sign_in(client, make_member(tenant, Role.OWNER))
    policy = policies_of(tenant)[0]

    assert client.get(f"/tenants/{tenant.id}/policies/{policy.id}/versions/1/secrets").status_code == 405


def test_pages_of_a_restore_show_no_secret(
    tenant: Tenant, target: Tenant, simulator: Simulator, client: ConsoleClient
) -> None:
    backup = set_of(back_up(tenant, types=list(TYPES)))
    plant(simulator, target, VPN="planted-vpn-other-11", **{"custom setting": "planted-oma-other-12"})
    restore = make_restore(backup, target)
    preview(restore)
    sign_in(client, make_reader(target, tenant, Role.OWNER))

    pages = [client.get(f"/tenants/{target.id}/restores/{restore.id}/items/{item.id}") for item in items_of(restore)]

    text = "".join(page.text for page in pages)
    assert {page.status_code for page in pages} == {200}
    assert "[sealed secret " in text
    assert leaked(text, (*SECRETS.values(), "planted-vpn-other-11", "planted-oma-other-12")) == set()
