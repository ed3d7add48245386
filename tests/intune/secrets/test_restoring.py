"""A restore writes secrets in plain, asks for those that nobody knows, and forgets what was typed (R56)."""

from typing import Any

import pytest
from sqlalchemy import update

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.graph.canonical import content_hash
from ops_admin.infra.database import transaction
from ops_admin.intune.backups.models import DbBackupItem, DbBackupSet
from ops_admin.intune.backups.queries import BackupSet, find_backup_set, reveal_item
from ops_admin.intune.restore.drafting import discard
from ops_admin.intune.restore.models import DbRestoreItem
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.secrets import list_asked, save_typed
from ops_admin.intune.restore.states import Action
from ops_admin.intune.secret_values import vault
from ops_admin.runs.ledger import Actor
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.backups.capturing import back_up, set_of
from tests.intune.backups.capturing import items_of as backup_items_of
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    fresh,
    held,
    item_named,
    items_of,
    make_reader,
    make_restore,
    preview,
    writes_to,
)
from tests.intune.secrets.planting import CATALOG, CUSTOM, NETWORK, SECRETS, VPN, add, leaked, rows
from tests.support.clients import ConsoleClient
from tests.support.factories import sign_in
from tests.support.periodic import run_periodic

TYPES = ["deviceConfigurations", "configurationPolicies"]
MISSING = "restore.secret_missing"
UNKNOWN = {CATALOG: 1, NETWORK: 1, CUSTOM: 0, VPN: 0}
TYPED = {CATALOG: SECRETS["catalog"], NETWORK: SECRETS["wireless key"]}


@pytest.fixture
def backup(tenant: Tenant) -> BackupSet:
    return set_of(back_up(tenant, types=TYPES))


def type_in(restore: Restore, values: dict[str, str]) -> None:
    asked = {item.name: item for item in list_asked(restore)}
    save_typed(restore, {asked[n].id: {s.pointer: v for s in asked[n].secrets} for n, v in values.items()})


def secrets_of(simulator: Simulator, tenant: Tenant) -> set[str]:
    """What the tenant holds in plain, hidden from readers of Graph or not."""
    hidden = simulator.control("GET", f"tenants/{tenant.external_id}/secrets")
    return leaked(str(hidden) + str([held(simulator, tenant, type_key) for type_key in TYPES]))


def test_sealed_secrets_are_written_in_plain(backup: BackupSet, target: Tenant, simulator: Simulator) -> None:
    restore = make_restore(backup, target, names={CUSTOM, VPN})
    preview(restore)

    run = execute_restore(restore)

    assert run.outcome == Outcome.SUCCEEDED
    assert secrets_of(simulator, target) == {SECRETS["custom setting"], SECRETS["VPN"]}
    again = make_restore(backup, target, names={CUSTOM, VPN})
    preview(again)
    assert actions_of(again) == {Action.UNCHANGED: 2}


def test_a_policy_whose_secret_nobody_knows_is_left_out_with_its_name(backup: BackupSet, target: Tenant) -> None:
    restore = make_restore(backup, target)

    run = preview(restore)

    assert {item.name for item in items_of(restore) if item.problem_code == MISSING} == {NETWORK, CATALOG}
    assert MISSING in {failure.code for failure in run.failures}
    assert item_named(restore, NETWORK).problem_detail == "preSharedKey"
    execute_restore(restore)
    assert {item.failure_code for item in items_of(restore) if item.name in (NETWORK, CATALOG)} == {MISSING}


def test_typed_secrets_are_written_and_then_forgotten(backup: BackupSet, target: Tenant, simulator: Simulator) -> None:
    restore = make_restore(backup, target)
    preview(restore)
    type_in(restore, TYPED)
    assert not fresh(restore).is_previewed
    assert leaked(rows()) == set()
    assert {item.name for item in items_of(restore) if item.sealed_secrets} == {NETWORK, CATALOG}
    preview(restore)

    run = execute_restore(restore)

    assert run.outcome == Outcome.SUCCEEDED
    assert secrets_of(simulator, target) == set(SECRETS.values())
    assert [item.sealed_secrets for item in items_of(restore)] == [""] * 4


def test_a_second_preview_finds_nothing_although_tokens_differ(backup: BackupSet, target: Tenant) -> None:
    restore = make_restore(backup, target)
    type_in(restore, TYPED)
    preview(restore)
    execute_restore(restore)

    again = make_restore(backup, target)
    preview(again)

    assert actions_of(again) == {Action.UNCHANGED: 4}
    assert list_asked(again) == []


def test_in_its_own_tenant_an_unchanged_policy_needs_no_secret(
    backup: BackupSet, tenant: Tenant, simulator: Simulator
) -> None:
    simulator.control("DELETE", "requests")
    restore = make_restore(backup, tenant)
    preview(restore)
    assert actions_of(restore) == {Action.UNCHANGED: 4}

    execute_restore(restore)

    assert writes_to(simulator, tenant) == []


@pytest.mark.parametrize("name", [CATALOG, NETWORK, CUSTOM])
def test_another_property_is_brought_back_without_the_secret(
    backup: BackupSet, tenant: Tenant, simulator: Simulator, name: str
) -> None:
    item = next(each for each in items_of(make_restore(backup, tenant)) if each.name == name)
    place = f"tenants/{tenant.external_id}/{item.type}/{item.external_id}"
    simulator.control("PATCH", place, description="somebody changed this")
    before = secrets_of(simulator, tenant)
    restore = make_restore(backup, tenant, names={name})
    preview(restore)

    run = execute_restore(restore)

    assert run.outcome == Outcome.SUCCEEDED
    assert simulator.control("GET", place).get("description") != "somebody changed this"
    assert secrets_of(simulator, tenant) == before


def test_stars_and_tokens_are_never_sent(backup: BackupSet, target: Tenant, simulator: Simulator) -> None:
    hide_known(backup)
    restore = make_restore(backup, target)
    preview(restore)

    execute_restore(restore)

    sent: Any = simulator.control("GET", f"requests?tenant={target.external_id}&bodies=1")["requests"]
    bodies = str([each.get("body") for each in sent if each["method"] != "GET" and "$batch" not in each["path"]])
    assert not [word for word in ("****", "encryptedValueToken", "sealed secret", "not known") if word in bodies]
    assert {item.failure_code for item in items_of(restore)} == {MISSING}


def hide_known(backup: BackupSet) -> None:
    """Let the sealed secrets be lost, as after a change of the console's key."""
    with transaction() as session:
        one = update(DbBackupItem).where(DbBackupItem.backup_set_id == backup.id)
        session.execute(one.values(sealed_secrets="sealed-under-another-key"))


def test_secrets_sealed_under_another_key_are_asked_for(backup: BackupSet, target: Tenant) -> None:
    hide_known(backup)
    restore = make_restore(backup, target)
    assert {item.name for item in list_asked(restore)} == {CATALOG, CUSTOM, NETWORK, VPN}

    type_in(restore, {**TYPED, CUSTOM: SECRETS["custom setting"], VPN: SECRETS["VPN"]})
    preview(restore)

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED


def as_before_the_upgrade(backup: BackupSet) -> None:
    """Let the items hold their secrets in plain, as a console stored them that took none out."""
    with transaction() as session:
        for item in backup_items_of(backup):
            revealed = reveal_item(item.id)
            assert revealed is not None
            old = {"content": revealed.content, "content_hash": content_hash(revealed.content)}
            one = update(DbBackupItem).where(DbBackupItem.id == item.id)
            session.execute(one.values(**old, sealed_secrets=None, unknown_secrets=None))
        session.execute(update(DbBackupSet).where(DbBackupSet.id == backup.id).values(content_hash="0" * 64))


def test_a_backup_of_an_earlier_console_is_restored(backup: BackupSet, target: Tenant, simulator: Simulator) -> None:
    as_before_the_upgrade(backup)
    restore = make_restore(backup, target)
    assert {item.name for item in list_asked(restore)} == {CATALOG, NETWORK}
    type_in(restore, TYPED)
    preview(restore)

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED
    assert secrets_of(simulator, target) == set(SECRETS.values())


def test_housekeeping_seals_backups_of_earlier_consoles(backup: BackupSet, target: Tenant) -> None:
    as_before_the_upgrade(backup)
    assert leaked(rows()) == {SECRETS["custom setting"], SECRETS["VPN"]}

    run_periodic("backup_secrets.seal")

    assert leaked(rows()) == set()
    assert {item.name: item.unknown_secrets for item in backup_items_of(backup)} == UNKNOWN
    renewed = find_backup_set(backup.id)
    assert renewed is not None
    assert renewed.content_hash == backup.content_hash
    restore = make_restore(backup, target, names={CUSTOM, VPN})
    preview(restore)
    assert execute_restore(restore).outcome == Outcome.SUCCEEDED


def test_housekeeping_masks_previews_of_earlier_consoles(backup: BackupSet, tenant: Tenant) -> None:
    restore = make_restore(backup, tenant)
    secret, shown = SECRETS["wireless key"], {"path": "displayName", "label": "Name", "before": "a", "after": "b"}
    told = {"path": "preSharedKey", "label": "Pre shared key", "before": secret, "after": None}
    stored = {"live_content": {"preSharedKey": secret}, "changes": [told, shown]}
    with transaction() as session:
        one = update(DbRestoreItem).where(DbRestoreItem.id == item_named(restore, NETWORK).id)
        session.execute(one.values(**stored, candidates=[stored], sealed_secrets=None))

    run_periodic("restore_secrets.mask")

    assert leaked(rows()) == set()
    assert shown in (item_named(restore, NETWORK).changes or [])


def test_a_discarded_restore_forgets_what_was_typed(backup: BackupSet, target: Tenant) -> None:
    restore = make_restore(backup, target)
    type_in(restore, TYPED)

    discard(restore, Actor.system())

    assert not any(item.sealed_secrets for item in items_of(restore))


def test_the_wizard_asks_for_each_secret(
    backup: BackupSet, tenant: Tenant, target: Tenant, client: ConsoleClient
) -> None:
    restore = make_restore(backup, target)
    preview(restore)
    sign_in(client, make_reader(target, tenant, Role.MANAGER))
    address = f"/tenants/{target.id}/restores/{restore.id}"
    assert "2 policies need secrets" in client.get(address).text
    asked = {item.name: item for item in list_asked(restore)}

    page = client.get(f"{address}/secrets")
    answer = client.post(
        f"{address}/secrets",
        data={f"secret-{asked[NETWORK].id}-0": SECRETS["wireless key"], f"leave-{asked[CATALOG].id}": "yes"},
    )

    assert page.status_code == 200
    assert all(name in page.text for name in (NETWORK, CATALOG, "preSharedKey"))
    assert (CUSTOM in page.text, answer.status_code) == (False, 303)
    again = client.get(f"{address}/secrets")
    assert "Entered" in again.text
    assert leaked(again.text) == set()
    assert {item.name for item in items_of(restore)} == {CUSTOM, NETWORK, VPN}
    preview(restore)
    assert item_named(restore, NETWORK).action == Action.CREATE


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [("-----BEGIN-----\r\nMIIE\r\n-----END-----\r\n", "-----BEGIN-----\nMIIE\n-----END-----\n"), ("word\r\n", "word")],
)
def test_a_pasted_key_keeps_its_lines(
    backup: BackupSet, tenant: Tenant, target: Tenant, client: ConsoleClient, pasted: str, kept: str
) -> None:
    restore = make_restore(backup, target)
    preview(restore)
    sign_in(client, make_reader(target, tenant, Role.MANAGER))
    network = next(item for item in list_asked(restore) if item.name == NETWORK)

    client.post(f"/tenants/{target.id}/restores/{restore.id}/secrets", data={f"secret-{network.id}-0": pasted})

    assert vault().open(item_named(restore, NETWORK).sealed_secrets) == {network.secrets[0].pointer: kept}


def test_who_may_only_look_is_not_asked(
    backup: BackupSet, tenant: Tenant, target: Tenant, client: ConsoleClient
) -> None:
    restore = make_restore(backup, target)
    sign_in(client, make_reader(target, tenant))
    address = f"/tenants/{target.id}/restores/{restore.id}/secrets"
    assert (client.get(address).status_code, client.post(address).status_code) == (403, 403)


def test_custom_xml_can_be_typed_as_it_is(tenant: Tenant, target: Tenant, simulator: Simulator) -> None:
    simulator.control(
        "PUT", f"tenants/{tenant.external_id}/conduct", withheld=["DeviceManagementConfiguration.ReadWrite.All"]
    )
    row = {"@odata.type": "#microsoft.graph.omaSettingStringXml", "displayName": "Licence", "omaUri": "./Vendor/Key"}
    kind = {"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "displayName": "XML"}
    add(
        simulator,
        tenant,
        "deviceConfigurations",
        **kind,
        omaSettings=[{**row, "fileName": "a.xml", "value": "PGEvPg=="}],
    )
    restore = make_restore(set_of(back_up(tenant, types=TYPES)), target, names={"XML"})
    type_in(restore, {"XML": "<a>Grüße</a>"})
    preview(restore)

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED
    hidden = simulator.control("GET", f"tenants/{target.external_id}/secrets")
    assert list(hidden.values()) == ["<a>Grüße</a>"]
