"""The pages that mark, show and ask for secrets, wide and narrow, light and dark: axe-core finds nothing (R56)."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import insert, update

from ops_admin.graph.canonical import content_hash
from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.restore.codes import SECRET_MISSING
from ops_admin.intune.restore.models import DbRestoreItem
from ops_admin.intune.restore.states import Action
from ops_admin.intune.secret_values import vault
from ops_admin.redaction.secret_marks import mask
from tests.browser.test_look_pages import EVERY_LOOK, problems_of
from tests.support.browser import ColorScheme, NewPage, sign_in_page
from tests.support.pages import World, make_world

KIND = "#microsoft.graph.omaSettingString"
LICENCE = "a licence key of the plant floor"
CONTENT = {
    "@odata.type": "#microsoft.graph.windowsWifiConfiguration",
    "displayName": "WLAN",
    "wifiSecurityType": "wpa2Personal",
    "preSharedKey": None,
    "omaSettings": [
        {
            "@odata.type": "#microsoft.graph.omaSettingString",
            "displayName": "Licence",
            "omaUri": "./a",
            "value": LICENCE,
        }
    ],
}


@pytest.fixture
def world(app_context: Flask) -> World:
    """A policy and an item of a backup with one known and one unknown secret."""
    world, masked = make_world(), mask(CONTENT, vault().digest)
    stored = {"content": masked.content, "content_hash": content_hash(masked.content)}
    sealed = {**stored, "sealed_secrets": vault().seal(masked.secrets)}
    with transaction() as session:
        number = session.get_one(DbPolicy, world.policy_id).current_version + 1
        version = {"policy_id": world.policy_id, "number": number, "content_bytes": 1, "captured_at": utcnow()}
        session.execute(insert(DbPolicyVersion), [version | sealed])
        session.execute(update(DbPolicy).where(DbPolicy.id == world.policy_id).values(current_version=number))
        item = update(DbBackupItem).where(DbBackupItem.id == world.backup_item_id)
        session.execute(item.values(**sealed, unknown_secrets=1))
        missing = {"action": Action.SKIP, "problem_code": SECRET_MISSING, "backup_item_id": world.backup_item_id}
        session.execute(update(DbRestoreItem).where(DbRestoreItem.id == world.item_id).values(missing))
    return world


@pytest.fixture
def addresses(world: World) -> list[str]:
    home = f"/tenants/{world.tenant.id}"
    return [
        f"{home}/policies/{world.policy_id}",
        f"{home}/backups/{world.backup_set_id}",
        f"{home}/backups/{world.backup_set_id}/items/{world.backup_item_id}",
        f"{home}/restores/{world.restore_id}",
        f"{home}/restores/{world.restore_id}/secrets",
    ]


@EVERY_LOOK
def test_every_state_is_accessible_and_fits(
    served: str,
    world: World,
    addresses: list[str],
    new_page: NewPage,
    viewport: tuple[int, int],
    scheme: ColorScheme,
) -> None:
    page = new_page(viewport, scheme)
    sign_in_page(page, served, world.user.email)
    found: dict[str, list[str]] = {}
    for address in addresses:
        page.goto(f"{served}{address}")
        expect(page.locator("main h1")).to_be_visible()
        found[address] = problems_of(page)
    page.goto(f"{served}{addresses[0]}")
    page.get_by_role("button", name="Show secrets").click()
    expect(page.get_by_text(LICENCE)).to_be_visible()
    found["shown"] = problems_of(page)
    assert {address: problems for address, problems in found.items() if problems} == {}


def test_a_typed_secret_is_kept_and_not_shown_again(
    page: Page, served: str, world: World, addresses: list[str]
) -> None:
    sign_in_page(page, served, world.user.email)
    page.goto(f"{served}{addresses[-1]}")
    page.get_by_label("preSharedKey").fill("geheim123")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main h1")).to_contain_text("Restore")

    page.goto(f"{served}{addresses[-1]}")

    expect(page.get_by_text("Entered")).to_be_visible()
    expect(page.get_by_label("preSharedKey")).to_have_value("")
