"""Every page of the console, and a small world in which each has something to show."""

from dataclasses import dataclass

from flask import Flask, current_app
from werkzeug.routing import Rule

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.credentials import storage as credentials
from ops_admin.infra.database import transaction
from ops_admin.infra.file_storage import default_disk
from ops_admin.intune.assignment_hashes import assignments_hash
from ops_admin.intune.backups.items import CapturedItem
from ops_admin.intune.backups.queries import find_backup_set, list_items
from ops_admin.intune.backups.storage import NewSet, close_set, open_set, record_items
from ops_admin.intune.directory.filters import replace_filters
from ops_admin.intune.directory.models import DbDirectoryGroup
from ops_admin.intune.policies.exports import WrittenFile, record_export
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.restore.drafting import choose_items, create_draft
from ops_admin.intune.restore.groups import resolve_same_groups
from ops_admin.intune.restore.lifecycle import complete_preview
from ops_admin.intune.restore.models import DbRestoreFilterMapping, DbRestoreItem, DbRestoreRun
from ops_admin.intune.restore.queries import all_items, find_restore, list_groups
from ops_admin.intune.schedules import storage as schedules
from ops_admin.intune.schedules.queries import list_schedules
from ops_admin.intune.schedules.rules import Frequency
from ops_admin.intune.schedules.rules import Rule as Rhythm
from ops_admin.runs.ledger import Actor, Failure, Run
from ops_admin.runs.states import Outcome
from tests.credentials.given import a_certificate, a_secret, in_days, use
from tests.reviews.making import make_ready_pack
from tests.support.factories import make_completed_run, make_member, make_run, make_running_run, make_tenant

# Not pages: files, and the metrics, for which a scraper needs a token.
NOT_A_PAGE = {"static", "health.metrics"}


@dataclass(frozen=True)
class World:
    """A tenant with an owner, runs in several states, a policy, a backup, a review pack and a group."""

    tenant: Tenant
    user: User
    run: Run
    policy_id: int
    backup_set_id: int
    backup_item_id: int
    pack_id: int
    restore_id: int
    item_id: int
    mapping_id: int
    schedule_id: int

    def addresses(self, rule: Rule) -> dict[str, int]:
        """A value for each argument of `rule`. A KeyError means that a new kind of page needs one here."""
        values = {
            "tenant_id": self.tenant.id,
            "run_id": self.run.id,
            "policy_id": self.policy_id,
            "number": 1,
            "backup_set_id": self.backup_set_id,
            "backup_item_id": self.backup_item_id,
            "pack_id": self.pack_id,
            "restore_id": self.restore_id,
            "item_id": self.item_id,
            "mapping_id": self.mapping_id,
            "schedule_id": self.schedule_id,
        }
        return {name: values[name] for name in rule.arguments}


def make_world() -> World:
    """Create the world."""
    tenant = make_tenant()
    user = make_member(tenant, Role.OWNER)
    make_run(tenant, user)
    make_running_run(tenant, user, type="directory.groups.sync")
    failures = (Failure("graph.throttled", "Microsoft Graph asked to wait for too long", 3),)
    counts = {"total": 10, "processed": 10, "succeeded": 7, "failed": 3}
    ended = make_completed_run(tenant, user, outcome=Outcome.PARTIALLY_SUCCEEDED, counts=counts, failures=failures)
    make_completed_run(workspace_id=tenant.workspace_id, type="ops.reconcile_adapter_runs")
    _make_export(tenant, ended)
    policy_id, backup, pack = _make_policy(tenant), _make_backup(tenant), make_ready_pack(tenant, user)
    _make_credentials(tenant)
    restore, schedule_id = _make_restore(tenant, backup[0]), _make_schedules(tenant, user, ended)
    return World(tenant, user, ended, policy_id, *backup, pack.id, *restore, schedule_id)


def pages_of(app: Flask, world: World) -> list[str]:
    """The URL of every route that answers GET, for the world's own records."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.methods and "GET" in rule.methods]
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        return [urls.build(rule.endpoint, world.addresses(rule)) for rule in rules if rule.endpoint not in NOT_A_PAGE]


def _make_export(tenant: Tenant, run: Run) -> None:
    disk = default_disk(current_app.config["SETTINGS"])
    with disk.write("exports/one.zip") as file:
        file.write(b"a file")
    record_export(tenant.id, run.id, WrittenFile(disk.name, "exports/one.zip", "one.zip", 6, 1))


def _make_credentials(tenant: Tenant) -> None:
    """A secret in use that expires soon, and a certificate that was refused."""
    use(tenant, a_secret(in_days(9)))
    proposed = credentials.propose(tenant.id, a_certificate(), "Ada")
    credentials.record_refusal(tenant.id, proposed, "graph.unauthorized", 1)


def _make_schedules(tenant: Tenant, user: User, run: Run) -> int:
    """Three schedules in different states. The first has started a run, and once failed to."""
    rules = (
        Rhythm(Frequency.DAILY, at_time="02:30", time_zone="Europe/Berlin"),
        Rhythm(Frequency.HOURS, every_hours=6),
        Rhythm(Frequency.WEEKLY, at_time="23:15", weekday=4, time_zone="America/Argentina/Buenos_Aires"),
    )
    ids = [schedules.add_schedule(tenant.id, "inventory.sync", rule, user) for rule in rules]
    first, _, third = list_schedules(tenant.id)
    schedules.record_start(first, first.updated_at, "failed", failure_code="dispatch.failed")
    schedules.record_start(first, first.updated_at, "started", run.id)
    assert schedules.pause(third)
    return ids[0]


def _make_backup(tenant: Tenant) -> tuple[int, int]:
    run = make_run(tenant, type="backup.create")
    set_id = open_set(NewSet(run.id, tenant.workspace_id, tenant.id, "Before the change", True, "System"))
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "group-1"}
    content = {"@odata.type": "#microsoft.graph.windows10GeneralConfiguration", "displayName": "Encrypt every disk"}
    given = [{"target": target}]
    one = ("deviceConfigurations", "policy-1", "Encrypt every disk")
    whole = CapturedItem(*one, content, "0" * 64, given, assignments_hash(given))
    broken = CapturedItem("intents", "policy-2", "Not to be read", failure_code="graph.forbidden")
    record_items(set_id, tenant.id, [whole, broken])
    close_set(set_id)
    return set_id, list_items(set_id).rows[0].id


def _make_restore(tenant: Tenant, set_id: int) -> tuple[int, int, int]:
    """A previewed restore: policies in conflict, a mapped group, and both mapped and undecided filters."""
    backup = find_backup_set(set_id)
    assert backup is not None
    actor = Actor.system()
    restore = create_draft(tenant, backup, actor)
    choose_items(restore, add=[item.id for item in list_items(set_id).rows])
    resolve_same_groups(restore)
    change = {"path": "description", "label": "Description", "before": "by hand", "after": None}
    candidate = {"external_id": "policy-1", "description": "by hand", "created_at": None, "modified_at": None}
    compared = {"changes": [change], "changes_total": 1, "assignments_change": False}
    with transaction() as session:
        for item in all_items(restore.id):
            row = session.get_one(DbRestoreItem, item.id)
            row.action, row.matched_by, row.candidates = "conflict", "none", [{**candidate, **compared}]
        for name in ("Corporate Windows", "Kiosk devices"):
            used = {"source_filter_id": f"source-{name}", "source_name": name, "used_by": 2}
            session.add(DbRestoreFilterMapping(restore_run_id=restore.id, **used))
        session.get_one(DbRestoreRun, restore.id).preview_run_id = make_run(tenant, type="restore.preview").id
    replace_filters(tenant.id, {"filter-1": "Corporate Windows", "filter-2": "Works"})
    found = find_restore(restore.id)
    assert found is not None
    assert found.preview_run_id is not None
    assert complete_preview(found.id, found.revision, found.preview_run_id, actor)
    return found.id, all_items(found.id)[0].id, list_groups(found.id)[0].id


def _make_policy(tenant: Tenant) -> int:
    with transaction() as session:
        name = "Encrypt every disk"
        policy = DbPolicy(
            tenant_id=tenant.id,
            type="deviceConfigurations",
            external_id="policy-1",
            name=name,
            search_key=name.lower(),
            current_version=1,
            content_hash="0" * 64,
        )
        session.add(policy)
        session.flush()
        content = {"@odata.type": "#microsoft.graph.windows10GeneralConfiguration", "displayName": name}
        session.add(
            DbPolicyVersion(policy_id=policy.id, number=1, content=content, content_hash="0" * 64, content_bytes=100)
        )
        group = {"external_id": "group-1", "display_name": "Everybody", "search_key": "everybody"}
        session.add(DbDirectoryGroup(tenant_id=tenant.id, **group))
        return policy.id
