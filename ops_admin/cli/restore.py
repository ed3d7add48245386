"""`ops-admin restore …`: restores a whole backup set into a tenant, through the same steps as the wizard (R43, R53)."""

from dataclasses import dataclass, field
from typing import IO

import click

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import NotAllowed, NotVisible, require_tenant
from ops_admin.access.queries import AmbiguousTenant, Tenant, find_tenant_by_external_id
from ops_admin.cli.context import Refusal, with_ledger
from ops_admin.cli.readers import Reader, reader_option
from ops_admin.cli.reports import EXIT_STATUS, print_json, print_run, print_started
from ops_admin.cli.restore_choices import (
    Resolution,
    check_resolutions,
    map_filters,
    map_groups,
    map_references,
    read_mappings,
    read_references,
    read_resolutions,
    resolve_conflicts,
    say_access,
    say_conflicts,
    say_filters,
    say_reach,
    say_references,
)
from ops_admin.cli.restore_secrets import Secrets, read_secrets, say_secrets, type_secrets
from ops_admin.cli.watching import wait_for_end
from ops_admin.infra.database import transaction
from ops_admin.intune.backups.queries import BackupSet, find_backup_set, list_all_items
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.access_policies import AccessMode, choose_mode
from ops_admin.intune.restore.assignment_modes import choose_assign_mode
from ops_admin.intune.restore.drafting import choose_items, create_draft
from ops_admin.intune.restore.groups import resolve_same_groups
from ops_admin.intune.restore.holds import BackupSetGone
from ops_admin.intune.restore.inputs import RESTORE_ID
from ops_admin.intune.restore.lifecycle import EXECUTE, PREVIEW
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.reach import ReachSummary
from ops_admin.intune.restore.reaching import planned_reach, written_reach
from ops_admin.intune.restore.references import Key
from ops_admin.intune.restore.states import AssignMode
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.ledger import Run
from ops_admin.runs.states import Outcome
from ops_admin.runs.web.responses import answer_body
from ops_admin.runs.web.serialization import document_of


@dataclass(frozen=True)
class _Wishes:
    """The options for groups, filters and conflicts, before they are checked against the backup."""

    groups: dict[str, str | None]
    filters: dict[str, str | None]
    resolutions: list[Resolution]
    secrets: Secrets = field(repr=False)
    references: dict[Key, str | None]
    access: AccessMode
    assignments: AssignMode


@click.command()
@click.option("--backup-set", "set_id", metavar="ID", type=int, required=True, help="The backup set to restore.")
@click.option("--to", "external_id", metavar="EXTERNAL_ID", required=True, help="The tenant to restore into.")
@click.option(
    "--map",
    "pairs",
    metavar="GROUP_ID=GROUP_ID|skip",
    multiple=True,
    help="What becomes of a group of the source: a group of the tenant, or nothing. Repeat it for each group.",
)
@click.option(
    "--map-filter",
    "filter_pairs",
    metavar="FILTER_ID=FILTER_ID|skip",
    multiple=True,
    help="What becomes of an assignment filter of the source; skip leaves out the assignments that use it. "
    "A filter of the same name is taken by itself; without any the assignments are left out, and fail.",
)
@click.option(
    "--refer",
    "reference_pairs",
    metavar="KIND:ID=ID|skip",
    multiple=True,
    help="What becomes of something else that policies refer to, such as named_location or scope_tag; skip leaves out "
    "the policies that need it. What has the same name is found without being told.",
)
@click.option(
    "--conditional-access",
    "access",
    type=click.Choice([str(mode) for mode in AccessMode]),
    default=str(AccessMode.REPORT_ONLY),
    show_default=True,
    help="The state in which Conditional Access policies are written into another tenant.",
)
@click.option(
    "--assignments",
    "assignments",
    type=click.Choice([str(mode) for mode in AssignMode]),
    default=str(AssignMode.MERGE),
    show_default=True,
    help="What becomes of the assignments in the tenant: keep them as they are, merge those of the backup into them, "
    "or replace them with those of the backup.",
)
@click.option(
    "--resolve",
    "words",
    metavar="POLICY=update:ID|create|skip",
    multiple=True,
    help="What becomes of a policy (its id in the backup, or its name) for which the tenant has several candidates: "
    "update the one of that id, create another, or skip it. Waits for the preview, which names the candidates.",
)
@click.option(
    "--secrets",
    "secrets_file",
    metavar="FILE",
    type=click.File(encoding="utf-8"),
    help="Secrets that the backup does not have, as JSON: policy (its id in the backup, or its name), then setting, "
    "then value. A policy without its secret is left out. - reads standard input.",
)
@reader_option
@click.option("--execute", is_flag=True, help="Write what the preview announces; without it nothing is written.")
@click.option(
    "--wait", is_flag=True, help="Wait for the end, which is the exit status: 0, 3 partial, 4 failed, 5 cancelled."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_ledger
def restore(
    set_id: int,
    external_id: str,
    pairs: tuple[str, ...],
    filter_pairs: tuple[str, ...],
    reference_pairs: tuple[str, ...],
    access: str,
    assignments: str,
    words: tuple[str, ...],
    secrets_file: IO[str] | None,
    reader: Reader,
    execute: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Restore a backup set into a tenant: preview it, and with --execute write it.

    Groups that the tenant itself has (the same ids) need no --map.
    """
    filters = read_mappings(filter_pairs, "--map-filter", "FILTER_ID")
    references = read_references(reference_pairs)
    wishes = _Wishes(
        read_mappings(pairs),
        filters,
        read_resolutions(words),
        read_secrets(secrets_file),
        references,
        AccessMode(access),
        AssignMode(assignments),
    )
    draft, resolutions = _draft(reader, _tenant(reader, external_id), set_id, wishes)
    if execute:
        _refuse_undecided(draft)
    previewed = _start(reader, PREVIEW, draft)
    if not execute and not resolutions:
        _report(draft, previewed, wait=wait, as_json=as_json)
        return
    looked = wait_for_end(previewed.run)
    is_previewed = looked.outcome in (Outcome.SUCCEEDED, Outcome.PARTIALLY_SUCCEEDED)
    if is_previewed:
        resolve_conflicts(draft, resolutions)
    if not (execute and is_previewed):
        _report(draft, previewed, wait=True, as_json=as_json)
        return
    say_conflicts(draft)
    say_filters(draft)
    say_secrets(draft)
    say_references(draft)
    say_access(draft)
    _report(draft, _start(reader, EXECUTE, draft), wait=wait, as_json=as_json, preview_run_id=looked.id)


def _tenant(reader: Reader, external_id: str) -> Tenant:
    try:
        tenant = find_tenant_by_external_id(external_id, reader.rights)
    except AmbiguousTenant as error:
        raise Refusal(f"{error}: say with --as on whose behalf.") from error
    if tenant is None:
        raise Refusal(f"There is no tenant {external_id}.")
    try:
        require_tenant(reader.rights, tenant.id, Capability.RESTORE)
    except (NotVisible, NotAllowed) as error:
        raise Refusal(f"{reader.email} may not restore into this tenant.") from error
    return tenant


def _draft(reader: Reader, tenant: Tenant, set_id: int, wishes: _Wishes) -> tuple[Restore, dict[int, Resolution]]:
    """Create the draft with the given options; if any is refused, no draft is left."""
    backup_set = _backup_set(reader, tenant, set_id)
    with transaction():
        try:
            draft = create_draft(tenant, backup_set, reader.actor)
        except BackupSetGone as error:
            raise Refusal(f"Backup set {set_id} was deleted a moment ago.") from error
        choose_assign_mode(draft, wishes.assignments)
        draft = queries.find_restore(draft.id) or draft
        choose_items(draft, add=[item.id for item in list_all_items(backup_set.id)])
        map_groups(draft, wishes.groups)
        resolve_same_groups(draft)
        map_filters(draft, wishes.filters)
        type_secrets(draft, wishes.secrets)
        map_references(draft, wishes.references)
        choose_mode(draft, wishes.access)
        resolutions = check_resolutions(draft, wishes.resolutions)
    return queries.find_restore(draft.id) or draft, resolutions


def _backup_set(reader: Reader, tenant: Tenant, set_id: int) -> BackupSet:
    found = find_backup_set(set_id)
    is_visible = found is not None and reader.rights.may(Capability.BACKUPS_VIEW, found.tenant_id)
    if found is None or not is_visible or found.workspace_id != tenant.workspace_id:
        raise Refusal(f"There is no backup set {set_id}.")
    if not found.is_usable:
        raise Refusal(f"Backup set {set_id} is not complete: it cannot be restored.")
    if not found.item_count:
        raise Refusal(f"Backup set {set_id} holds no policies.")
    return found


def _refuse_undecided(draft: Restore) -> None:
    undecided = [row for row in queries.list_groups(draft.id) if row.decision is None]
    if undecided:
        names = ", ".join(
            f"{row.source_group_id} ({row.source_name})" if row.source_name else row.source_group_id
            for row in undecided
        )
        raise Refusal(
            f"Nothing was written. Say with --map what becomes of each of these groups, or skip it: {names}. "
            f"Restore {draft.id} is kept as a draft: /tenants/{draft.tenant_id}/restores/{draft.id}"
        )


def _start(reader: Reader, key: str, draft: Restore) -> Started:
    try:
        return start(key, actor=reader.actor, tenant_id=draft.tenant_id, inputs={RESTORE_ID: draft.id})
    except InvalidInputs as error:
        raise Refusal("; ".join(error.errors.values())) from error


def _reach(draft: Restore, run: Run) -> ReachSummary:
    return planned_reach(draft) if run.type == PREVIEW else written_reach(draft)


def _report(draft: Restore, started: Started, *, wait: bool, as_json: bool, preview_run_id: int | None = None) -> None:
    if not as_json:
        print_started(started)
    run = wait_for_end(started.run) if wait else started.run
    if as_json:
        ids = {RESTORE_ID: draft.id, "preview_run_id": preview_run_id or started.run.id}
        body = {**answer_body(started), **ids}
        if wait:
            body |= document_of(run)
            body |= {"actions": dict(queries.count_by_action(draft.id))}
            body |= {"results": dict(queries.count_by_result(draft.id))}
            body |= {"assignments": str(draft.assign_mode), "reach": _reach(draft, run).as_json()}
        print_json(body)
    elif wait:
        print_run(run)
        counts = queries.count_by_action(draft.id).items()
        actions = ", ".join(f"{number} {action}" for action, number in counts if action)
        click.echo(f"Restore {draft.id}, /tenants/{draft.tenant_id}/restores/{draft.id}: {actions}")
        if run.type == PREVIEW:
            say_conflicts(draft)
            say_filters(draft)
            say_references(draft)
            say_access(draft)
        say_reach(_reach(draft, run), is_planned=run.type == PREVIEW)
    if run.is_terminal:
        raise SystemExit(EXIT_STATUS.get(run.outcome, 4))
