"""What policies refer to: found by name, created before, mapped by hand, or the policy is left out (R55)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import null, update

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.restore.access_policies import AccessMode, choose_mode
from ops_admin.intune.restore.groups import resolve_same_groups
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.references import ReferenceDecided, decide_references, list_references
from ops_admin.intune.restore.states import ItemState
from ops_admin.references.declared import Kind
from ops_admin.runs.states import Outcome
from ops_admin.simulator.demo.contoso import contoso_documents
from tests.graph.simulated import Simulator, running_simulator
from tests.intune.restore.comparing import by_name, preview_again
from tests.intune.restore.restoring import (
    actions_of,
    both_engines,
    execute_restore,
    fresh,
    held,
    item_named,
    items_of,
    make_backup,
    make_reader,
    make_restore,
    preview,
    writes_to,
)
from tests.intune.restore.test_crashes import dying, execute_until_it_lives
from tests.support.clients import ConsoleClient

pytestmark = both_engines
ACCESS = "conditionalAccessPolicies"
CONFIGURATIONS = "deviceConfigurations"
LOCATION = "CA001 - Require multifactor authentication"
PLAIN = "CA002 - Finance from compliant devices only"
CONTEXT = "CA005 - Vertrauliche Dokumente"
ROOT = "Zertifikat - Contoso Root CA 2023"
SCEP = "SCEP - Gerätezertifikat"
NETWORK = "WLAN - CONTOSO-SECURE (EAP-TLS)"
RING = "Update ring 3 - Broad"


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


def restore_of(
    simulator: Simulator, source: Tenant, target: Tenant, *names: str, types: list[str] | None = None
) -> Restore:
    backup = make_backup(source, **({"types": types} if types else {}))
    return make_restore(backup, target, by_name(simulator, source, target), names=set(names) or None)


def there(simulator: Simulator, tenant: Tenant, type_key: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in held(simulator, tenant, type_key) if each["displayName"] == name]
    return found


def ids_of(simulator: Simulator, tenant: Tenant) -> set[str]:
    """Every id of a tenant that is an id, and not a number or a word."""
    found: set[str] = set()
    for key in [*contoso_documents(), "groups", "users"]:
        rows = simulator.control("GET", f"tenants/{tenant.external_id}/{key}")["value"]
        found |= {row["id"] for row in rows if len(str(row.get("id"))) >= 36}
    return found


def test_a_whole_tenant_leaves_no_id_behind_and_a_second_preview_is_unchanged(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    foreign = ids_of(simulator, source) - ids_of(simulator, target)
    restore = restore_of(simulator, source, target)
    preview(restore)
    simulator.control("DELETE", "requests")

    execute_restore(restore)

    rows = simulator.control("GET", f"requests?bodies=1&tenant={target.external_id}")["requests"]
    sent = [row for row in rows if row["method"] in ("POST", "PATCH", "PUT") and "$batch" not in row["path"]]
    assert len(sent) > 50
    assert [(row["path"], each) for row in sent for each in foreign if each in json.dumps(row) + row["path"]] == []
    as_wanted = sum(item.state in (ItemState.WRITTEN, ItemState.UNCHANGED) for item in items_of(restore))
    again = preview_again(restore)
    assert actions_of(again)["unchanged"] == as_wanted
    refused = {item.name for item in items_of(restore) if item.state == ItemState.FAILED}
    # What Graph refused for its secrets is still missing there.
    assert {item.name for item in items_of(again) if item.action in ("create", "update", "conflict")} <= refused
    simulator.control("DELETE", "requests")
    execute_restore(again)
    assert writes_to(simulator, target) == []


def test_a_policy_gets_the_location_of_that_name(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    restore = restore_of(simulator, source, target, LOCATION)
    preview(restore)
    execute_restore(restore)

    office = there(simulator, target, "namedLocations", "Offices")
    policy = there(simulator, target, ACCESS, LOCATION)
    assert policy["conditions"]["locations"]["excludeLocations"] == [office["id"]]


def test_of_two_locations_of_that_name_nothing_is_guessed_and_one_can_be_chosen(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    office = there(simulator, target, "namedLocations", "Offices")
    other = {**office, "id": "99999999-9999-4999-8999-999999999999"}
    simulator.control("POST", f"tenants/{target.external_id}/namedLocations", **other)
    restore = restore_of(simulator, source, target, LOCATION)

    run = preview(restore)

    assert [each.code for each in run.failures] == ["restore.reference_unmapped"]
    assert item_named(restore, LOCATION).problem_detail == "Named location “Offices”"
    (row,) = [each for each in list_references(restore.id) if each.kind == Kind.LOCATION]
    decide_references(restore, {(Kind.LOCATION, row.source_id): ReferenceDecided(other["id"], "Offices")})
    assert preview(fresh(restore)).outcome == Outcome.SUCCEEDED
    execute_restore(restore)
    policy = there(simulator, target, ACCESS, LOCATION)
    assert policy["conditions"]["locations"]["excludeLocations"] == [other["id"]]


def test_what_is_skipped_on_purpose_is_skipped_and_not_failed(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = restore_of(simulator, source, target, LOCATION, PLAIN)
    (row,) = [each for each in list_references(restore.id) if each.kind == Kind.LOCATION]
    decide_references(restore, {(Kind.LOCATION, row.source_id): ReferenceDecided(None)})

    preview(fresh(restore))
    run = execute_restore(restore)

    assert run.outcome == Outcome.SUCCEEDED
    assert (run.counts["skipped"], run.counts["failed"]) == (1, 0)
    assert item_named(restore, LOCATION).state == ItemState.SKIPPED


def test_a_context_of_the_same_number_is_another_one(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    restore = restore_of(simulator, source, target, CONTEXT)
    run = preview(restore)
    assert [each.code for each in run.failures] == ["restore.reference_unmapped"]
    assert "Vertrauliche Dokumente" in str(item_named(restore, CONTEXT).problem_detail)


def test_a_backup_without_names_asks_and_takes_an_answer(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    restore = restore_of(simulator, source, target, LOCATION)
    with transaction() as session:
        session.execute(update(DbBackupItem).values(references=null()))
    run = preview(restore)
    assert [each.code for each in run.failures] == ["restore.reference_unmapped"]
    office = there(simulator, target, "namedLocations", "Offices")
    (row,) = [each for each in list_references(restore.id) if each.kind == Kind.LOCATION]

    decide_references(restore, {(Kind.LOCATION, row.source_id): ReferenceDecided(office["id"], "Offices")})

    assert preview(fresh(restore)).outcome == Outcome.SUCCEEDED


def test_in_its_own_tenant_everything_stays_as_it_is(source: Tenant, simulator: Simulator) -> None:
    """Also without names, as in backups of before."""
    restore = make_restore(make_backup(source), source)
    resolve_same_groups(restore)
    with transaction() as session:
        session.execute(update(DbBackupItem).values(references=null()))
    preview(fresh(restore))
    assert {item.name: item.changes for item in items_of(restore) if item.action != "unchanged"} == {}
    simulator.control("DELETE", "requests")
    execute_restore(restore)
    assert writes_to(simulator, source) == []


def test_certificates_come_before_what_uses_them(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    restore = restore_of(simulator, source, target, NETWORK, SCEP, ROOT)
    preview(restore)
    assert actions_of(restore) == {"create": 3}

    assert execute_restore(restore).outcome in (Outcome.SUCCEEDED, Outcome.PARTIALLY_SUCCEEDED)

    root, scep, network = (there(simulator, target, CONFIGURATIONS, name) for name in (ROOT, SCEP, NETWORK))
    assert scep["rootCertificate"] == {"id": root["id"]}
    assert network["identityCertificateForClientAuthentication"] == {"id": scep["id"]}
    assert network["rootCertificatesForServerValidation"] == [{"id": root["id"]}]


@pytest.mark.parametrize("is_done", [True, False], ids=["carried out", "never sent"])
def test_death_between_a_certificate_and_what_uses_it(
    source: Tenant, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    restore = restore_of(simulator, source, target, NETWORK, SCEP, ROOT)
    preview(restore)

    deaths = execute_until_it_lives(restore, lambda: dying(monkeypatch, after=int(not is_done), is_done=is_done))

    assert deaths >= 3
    root, scep, network = (there(simulator, target, CONFIGURATIONS, name) for name in (ROOT, SCEP, NETWORK))
    assert scep["rootCertificate"] == {"id": root["id"]}
    assert network["identityCertificateForClientAuthentication"] == {"id": scep["id"]}


def test_without_its_certificate_a_profile_is_left_out(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    restore = restore_of(simulator, source, target, SCEP)
    run = preview(restore)
    assert [each.code for each in run.failures] == ["restore.reference_unmapped"]
    assert item_named(restore, SCEP).problem_detail == f"Device configuration “{ROOT}”"


def test_if_the_certificate_cannot_be_written_the_profile_is_left_out(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = restore_of(simulator, source, target, SCEP, ROOT)
    preview(restore)
    path = f"^/beta/deviceManagement/{CONFIGURATIONS}$"
    rule = {"effect": "status", "options": {"status": 403, "code": "Forbidden"}}
    simulator.control("POST", "faults", path=path, method="POST", tenant=target.external_id, **rule)

    run = execute_restore(restore)

    assert {each.code for each in run.failures} == {"graph.forbidden", "restore.dependency_failed"}
    assert item_named(restore, SCEP).failure_code == "restore.dependency_failed"
    simulator.control("DELETE", "faults")
    execute_restore(fresh(restore))
    root, scep = (there(simulator, target, CONFIGURATIONS, name) for name in (ROOT, SCEP))
    assert scep["rootCertificate"] == {"id": root["id"]}


@pytest.mark.parametrize(
    ("mode", "states"),
    [
        (AccessMode.REPORT_ONLY, {"enabledForReportingButNotEnforced"}),
        (AccessMode.AS_CAPTURED, {"enabled"}),
        (AccessMode.OFF, {"disabled"}),
    ],
)
def test_conditional_access_does_not_take_effect_unless_somebody_chose_so(
    source: Tenant, target: Tenant, simulator: Simulator, mode: AccessMode, states: set[str]
) -> None:
    restore = restore_of(simulator, source, target, LOCATION, PLAIN)
    choose_mode(restore, mode)
    preview(fresh(restore))

    execute_restore(restore)

    assert {each["state"] for each in held(simulator, target, ACCESS)} == states
    assert actions_of(preview_again(restore)) == {"unchanged": 2}


def test_a_policy_that_is_off_stays_off(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    policy = there(simulator, source, ACCESS, PLAIN)
    simulator.control("PATCH", f"tenants/{source.external_id}/{ACCESS}/{policy['id']}", state="disabled")
    restore = restore_of(simulator, source, target, PLAIN)
    preview(restore)
    execute_restore(restore)
    assert there(simulator, target, ACCESS, PLAIN)["state"] == "disabled"


def test_in_its_own_tenant_a_policy_is_written_as_captured(source: Tenant, simulator: Simulator) -> None:
    backup = make_backup(source, types=[ACCESS])
    policy = there(simulator, source, ACCESS, PLAIN)
    simulator.control("PATCH", f"tenants/{source.external_id}/{ACCESS}/{policy['id']}", state="disabled")
    restore = make_restore(backup, source)
    resolve_same_groups(restore)
    preview(fresh(restore))
    execute_restore(restore)
    assert there(simulator, source, ACCESS, PLAIN)["state"] == "enabled"


def test_the_pages_ask_tell_and_keep_the_choice(
    source: Tenant, target: Tenant, simulator: Simulator, client: ConsoleClient
) -> None:
    restore = restore_of(simulator, source, target, LOCATION, CONTEXT)
    preview(restore)
    client.sign_in(make_reader(target, source, Role.MANAGER).email)
    url = f"/tenants/{target.id}/restores/{restore.id}"
    page = client.get(f"{url}/groups").text
    assert "Named location" in page
    assert "Automatic: Offices" in page
    assert "Vertrauliche Dokumente" in page
    assert 'value="report-only"' in page
    assert (
        "Authentication context “Vertrauliche Dokumente”"
        in client.get(f"{url}/items/{item_named(restore, CONTEXT).id}").text
    )
    assert "none takes effect yet" in client.get(f"{url}/execute").text

    (row,) = [each for each in list_references(restore.id) if each.kind == Kind.CONTEXT]
    answer = client.post(
        f"{url}/groups", data={f"reference-{row.id}": "c1", "conditional_access": "as-captured", "do": "save"}
    )

    assert answer.status_code == 303
    preview(fresh(restore))
    assert actions_of(restore) == {"create": 2}
    assert "1 Conditional Access policy takes effect at once" in client.get(f"{url}/execute").text
    refused = client.post(f"{url}/groups", data={f"reference-{row.id}": "c9", "do": "save"})
    assert refused.status_code == 422


def give_tag(simulator: Simulator, source: Tenant, target: Tenant) -> None:
    """Give a policy of the source a tag that the target has under another number."""
    for tenant, number in ((source, "7"), (target, "9")):
        simulator.control("POST", f"tenants/{tenant.external_id}/roleScopeTags", id=number, displayName="Support")
    ring = there(simulator, source, CONFIGURATIONS, RING)
    simulator.control("PATCH", f"tenants/{source.external_id}/{CONFIGURATIONS}/{ring['id']}", roleScopeTagIds=["7"])


@pytest.mark.usefixtures("impatient")
def test_tags_that_cannot_be_read_for_the_moment_do_not_count_as_missing(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    give_tag(simulator, source, target)
    restore = restore_of(simulator, source, target, RING)
    preview(restore)
    simulator.control("POST", "faults", effect="status", path="/roleScopeTags", options={"status": 503})

    run = execute_restore(restore)

    assert [each.code for each in run.failures] == ["graph.unavailable"]
    assert RING not in [each["displayName"] for each in held(simulator, target, CONFIGURATIONS)]
    simulator.control("DELETE", "faults")
    execute_restore(restore)
    assert there(simulator, target, CONFIGURATIONS, RING)["roleScopeTagIds"] == ["9"]


@pytest.mark.parametrize("path", ["/namedLocations", "/users"])
@pytest.mark.usefixtures("impatient")
def test_an_outage_is_reported_as_what_it_is(source: Tenant, target: Tenant, simulator: Simulator, path: str) -> None:
    policy = there(simulator, source, ACCESS, LOCATION)
    person = held(simulator, source, "users")[0]["id"]
    conditions = {**policy["conditions"], "users": {**policy["conditions"]["users"], "excludeUsers": [person]}}
    simulator.control("PATCH", f"tenants/{source.external_id}/{ACCESS}/{policy['id']}", conditions=conditions)
    restore = restore_of(simulator, source, target, LOCATION)
    simulator.control("POST", "faults", effect="status", path=path, options={"status": 503})

    run = preview(restore)

    assert [each.code for each in run.failures] == ["graph.unavailable"]


def test_a_tag_that_has_gone_since_the_preview_is_not_replaced_silently(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    give_tag(simulator, source, target)
    restore = restore_of(simulator, source, target, RING)
    preview(restore)
    simulator.control("DELETE", f"tenants/{target.external_id}/roleScopeTags/9")

    run = execute_restore(restore)

    assert [each.code for each in run.failures] == ["restore.target_changed"]
    assert RING not in [each["displayName"] for each in held(simulator, target, CONFIGURATIONS)]
    again = preview_again(restore)
    execute_restore(again)
    assert item_named(again, RING).replaced_tags == ["Support"]
    assert there(simulator, target, CONFIGURATIONS, RING)["roleScopeTagIds"] == ["0"]
