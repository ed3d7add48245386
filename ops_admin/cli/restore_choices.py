"""The options of `ops-admin restore` for groups, filters and conflicts: read, checked, and applied (R43)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import click

from ops_admin.cli.context import Refusal
from ops_admin.infra.database import transaction
from ops_admin.intune.directory.filters import list_filters as list_cached
from ops_admin.intune.directory.queries import count_groups
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.access_policies import summarize
from ops_admin.intune.restore.codes import REFERENCE_UNMAPPED
from ops_admin.intune.restore.decisions import ChoiceRefused, decide_conflict
from ops_admin.intune.restore.filters import FilterDecided, decide_filters, undecided_filters
from ops_admin.intune.restore.filters import list_filters as list_used
from ops_admin.intune.restore.groups import LONGEST_GROUP_ID, Decided, decide_groups
from ops_admin.intune.restore.queries import Restore, RestoreItemDetail
from ops_admin.intune.restore.reach import ReachSummary
from ops_admin.intune.restore.reach_labels import describe_target
from ops_admin.intune.restore.references import (
    LONGEST_ID,
    Key,
    ReferenceDecided,
    decide_references,
    list_objects,
    list_references,
)
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.intune.restore.states import Action, Choice
from ops_admin.intune.restore.suggestions import name_groups
from ops_admin.references.declared import Kind

_SKIP = "skip"


@dataclass(frozen=True)
class Resolution:
    """The decision on a policy in conflict; `item` is its id in the backup, or its name."""

    text: str
    item: str
    choice: Choice
    external_id: str | None


def read_mappings(pairs: Iterable[str], option: str = "--map", what: str = "GROUP_ID") -> dict[str, str | None]:
    """Read arguments `ID=ID|skip`; None means skip. A malformed one ends the command."""
    mappings: dict[str, str | None] = {}
    for pair in pairs:
        source, _, target = (part.strip() for part in pair.partition("="))
        if not source or not target or len(target) > LONGEST_GROUP_ID:
            raise Refusal(f"{option} {pair}: say {what}={what}, or {what}=skip.")
        mappings[source] = None if target == _SKIP else target
    return mappings


def read_resolutions(words: Iterable[str]) -> list[Resolution]:
    """Read arguments `ITEM=update:ID|create|skip`; a malformed one ends the command."""
    resolutions = []
    for text in words:
        # Split from the right, because a name may contain the sign.
        item, _, decision = (part.strip() for part in text.rpartition("="))
        choice, _, external_id = decision.partition(":")
        if not item or choice not in list(Choice) or bool(external_id) != (choice == Choice.UPDATE):
            raise Refusal(f"--resolve {text}: say POLICY=update:ID, POLICY=create or POLICY=skip.")
        resolutions.append(Resolution(text, item, Choice(choice), external_id or None))
    return resolutions


def map_groups(draft: Restore, mappings: Mapping[str, str | None]) -> None:
    """Take decisions on groups; one that is in use and goes to a group that the tenant does not have ends the command.

    A script may say what becomes of all groups of a tenant: those that this backup does not name are passed over.
    """
    named = {row.source_group_id for row in queries.list_groups(draft.id)}
    if strangers := [source for source in mappings if source not in named]:
        text = "no policy of this backup set is assigned to that, or names it, so it is passed over."
        click.echo(f"--map {', '.join(strangers)}: {text}", err=True)
    mappings = {source: target for source, target in mappings.items() if source in named}
    targets = sorted({target for target in mappings.values() if target is not None})
    names = name_groups(draft.tenant_id, targets)
    unknown = [target for target in targets if target not in names]
    if unknown and count_groups(draft.tenant_id):
        raise Refusal(
            f"--map …={', '.join(unknown)}: the cached directory of the tenant has no such group. "
            "If it was made lately, sync the groups first (directory.groups.sync)."
        )
    if unknown:
        click.echo("No groups of the tenant are cached, so the groups of --map could not be looked up.", err=True)
    decide_groups(draft, {source: Decided(to, names.get(to or "")) for source, to in mappings.items()})


def map_filters(draft: Restore, mappings: Mapping[str, str | None]) -> None:
    """Take decisions on assignment filters; one that the backup or the tenant does not have ends the command."""
    if mappings and draft.source_tenant_id == draft.tenant_id:
        raise Refusal("--map-filter: the backup set is of this tenant, so its assignment filters stay as they are.")
    used = {row.source_filter_id for row in list_used(draft.id)}
    if strangers := [source for source in mappings if source not in used]:
        raise Refusal(f"--map-filter {', '.join(strangers)}: no assignment in this backup set uses that.")
    names = {each.external_id: each.display_name for each in list_cached(draft.tenant_id)}
    unknown = sorted({target for target in mappings.values() if target is not None and target not in names})
    if unknown and names:
        raise Refusal(
            f"--map-filter …={', '.join(unknown)}: the tenant has no such assignment filter in the cache. "
            "If it was made lately, sync the groups and filters first (directory.groups.sync)."
        )
    if unknown:
        click.echo("No filters of the tenant are cached, so those of --map-filter could not be looked up.", err=True)
    chosen = {source: FilterDecided(to, names.get(to or "")) for source, to in mappings.items()}
    decide_filters(draft, chosen)


def say_filters(draft: Restore) -> None:
    """Print to standard error what happens with filters that have no decision."""
    for row in undecided_filters(draft.id):
        name = f"{row.source_name} ({row.source_filter_id})" if row.source_name else row.source_filter_id
        click.echo(
            f"No single assignment filter of the tenant has the name of {name}: the assignments that use it are "
            f"left out. Say --map-filter {row.source_filter_id}=FILTER_ID, or skip.",
            err=True,
        )


def read_references(pairs: Iterable[str]) -> dict[Key, str | None]:
    """Read arguments `KIND:ID=ID|skip`; None means skip. A malformed one ends the command."""
    mappings: dict[Key, str | None] = {}
    for pair in pairs:
        source, _, target = (part.strip() for part in pair.partition("="))
        word, _, source_id = source.partition(":")
        kind = next((each for each in Kind if each == word and each is not Kind.GROUP), None)
        if kind is None or not source_id or not target or max(len(source_id), len(target)) > LONGEST_ID:
            kinds = ", ".join(each for each in Kind if each is not Kind.GROUP)
            raise Refusal(f"--refer {pair}: say KIND:ID=ID, or KIND:ID=skip. Kinds: {kinds}.")
        mappings[kind, source_id] = None if target == _SKIP else target
    return mappings


def map_references(draft: Restore, mappings: Mapping[Key, str | None]) -> None:
    """Take decisions on references; one that no policy of the backup has ends the command."""
    used = {(row.kind, row.source_id) for row in list_references(draft.id)}
    if strangers := [f"{kind}:{source}" for kind, source in mappings if (kind, source) not in used]:
        raise Refusal(f"--refer {', '.join(strangers)}: no policy of this backup set refers to that.")
    names = {(kind, each.id): each.name for kind, rows in list_objects(draft.tenant_id).items() for each in rows}
    chosen = {key: ReferenceDecided(to, names.get((key[0], to or ""))) for key, to in mappings.items()}
    decide_references(draft, chosen)


def say_references(draft: Restore) -> None:
    """Print to standard error which policies are left out for something that they refer to."""
    for item in queries.all_items(draft.id):
        if item.problem_code == REFERENCE_UNMAPPED:
            click.echo(
                f"Left out: {item.name}. The tenant has no single {item.problem_detail}. Map it with --refer.", err=True
            )


def say_reach(reach: ReachSummary, *, is_planned: bool) -> None:
    """Print whom the policies newly reach, and whom they do not reach any more."""
    verbs = ("Newly reached", "No longer reached") if not is_planned else ("Will newly reach", "Will no longer reach")
    for verb, counted in zip(verbs, (reach.gained, reach.lost), strict=True):
        for each in counted:
            click.echo(f"{verb} {describe_target(each.target)}: {each.policies} policies")
    if reach.dropped:
        click.echo(f"Restored without some of their assignments: {reach.dropped} policies")


def say_access(draft: Restore) -> None:
    """Print to standard error which Conditional Access policies the restore switches on or off, and whom they spare."""
    summary = summarize(draft)
    for sentence, policies in (
        ("Takes effect at once", summary.live),
        ("On in the tenant, and no longer enforced after this", summary.stopped),
        ("Excludes nobody, so an error in it can lock everybody out", summary.without_exclusion),
    ):
        for policy in policies:
            click.echo(f"Conditional Access: {policy.name}. {sentence}.", err=True)


def check_resolutions(draft: Restore, resolutions: Sequence[Resolution]) -> dict[int, Resolution]:
    """Return the resolutions by the draft's items; an item that the backup does not have ends the command."""
    items = queries.all_items(draft.id) if resolutions else []
    by_item = {}
    for each in resolutions:
        found = [item for item in items if each.item in (item.external_id, item.name)]
        if not found:
            raise Refusal(f"--resolve {each.text}: the backup set holds no such policy.")
        if len(found) > 1:
            ids = ", ".join(item.external_id for item in found)
            raise Refusal(f"--resolve {each.text}: several policies are meant by that; name one by its id: {ids}.")
        by_item[found[0].id] = each
    return by_item


def resolve_conflicts(draft: Restore, resolutions: Mapping[int, Resolution]) -> None:
    """Apply the decisions on conflicts, all or none; a decision that is refused ends the command."""
    with transaction():
        for item_id, resolution in resolutions.items():
            try:
                decide_conflict(draft, item_id, resolution.choice, resolution.external_id)
            except (ChoiceRefused, NotEditable) as error:
                raise Refusal(f"--resolve {resolution.text}: {_why_not(draft, item_id)}") from error


def say_conflicts(draft: Restore) -> None:
    """Print to standard error which policies need a decision, and how to make it."""
    for item in queries.all_items(draft.id):
        detail = queries.find_detail(draft.id, item.id) if item.action == Action.CONFLICT else None
        if detail is not None:
            options = " or ".join(f"--resolve {item.external_id}={choice}" for choice in _choices(detail))
            click.echo(f"In conflict, so not written: {item.name}. Say {options}", err=True)


def _why_not(draft: Restore, item_id: int) -> str:
    detail = queries.find_detail(draft.id, item_id)
    if detail is None or not detail.candidates:
        return f"this policy is not in conflict, so nothing was decided. {_kept(draft)}"
    return f"choose {', '.join(_choices(detail))}; a policy can be updated from one item only. {_kept(draft)}"


def _kept(draft: Restore) -> str:
    return f"The preview is kept, nothing was written: /tenants/{draft.tenant_id}/restores/{draft.id}"


def _choices(detail: RestoreItemDetail) -> list[str]:
    return [*(f"{Choice.UPDATE}:{each['external_id']}" for each in detail.candidates), Choice.CREATE, Choice.SKIP]
