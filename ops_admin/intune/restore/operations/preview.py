"""`restore.preview` (R43): compares the chosen items with the live tenant and stores the result.

Writes nothing there.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from ops_admin.graph.assigning import InvalidAssignment
from ops_admin.graph.bodies import changes_of, is_default
from ops_admin.graph.errors import UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.resources import PolicyType, find_policy_type
from ops_admin.graph.unwritable import needs_package
from ops_admin.intune.assignments.mapping import InvalidAssignments
from ops_admin.intune.restore import codes, queries
from ops_admin.intune.restore.access_policies import CONDITIONAL_ACCESS
from ops_admin.intune.restore.lifecycle import complete_preview
from ops_admin.intune.restore.operations.changes import describe_changes, fingerprint
from ops_admin.intune.restore.operations.context import Context, open_context
from ops_admin.intune.restore.operations.desired import Wanted, differ
from ops_admin.intune.restore.operations.failing import OF_THE_RUN, code_of, tell
from ops_admin.intune.restore.operations.live import TypeIndex, find_kind
from ops_admin.intune.restore.operations.matching import Item, Match, can_be_of_kind, match
from ops_admin.intune.restore.operations.refusals import NotWritable
from ops_admin.intune.restore.operations.secrets import check_secrets
from ops_admin.intune.restore.queries import RestoreItem
from ops_admin.intune.restore.reach import Reach, Target, people_of, targets_of
from ops_admin.intune.restore.results import record_finding
from ops_admin.intune.restore.states import Action, MatchRule
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Actor
from ops_admin.runs.queries import get_run

logger = logging.getLogger(__name__)

CHUNK = 20
MOST_CANDIDATES = 20
LONGEST_DETAIL = 500
Finding = dict[str, Any]


def preview_restore(handle: RunHandle) -> None:
    """Compare every chosen item. Once this has finished, the restore can be executed."""
    with open_context(handle, is_executing=False) as context:
        if context.restore.preview_run_id != handle.run_id:
            raise OperationFailed(codes.NOT_READY)
        context.look_for_groups()
        context.look_for_filters()
        context.collect_references()
        items = context.in_order(queries.all_items(context.restore.id))
        handle.progress(total=len(items), processed=0, succeeded=0, failed=0, skipped=0)
        for type_key, of_type in _by_type(items):
            _preview_type(context, type_key, of_type)
    run = get_run(handle.run_id)
    actor = Actor.starter_of(run)
    if not complete_preview(context.restore.id, context.restore.revision, handle.run_id, actor):
        raise OperationFailed(codes.EDITED)


def _by_type(items: Sequence[RestoreItem]) -> Iterator[tuple[str, list[RestoreItem]]]:
    """Yield the items by type, in the order in which types are written."""
    by_type: dict[str, list[RestoreItem]] = {}
    for item in items:
        by_type.setdefault(item.type, []).append(item)
    return iter(sorted(by_type.items(), key=lambda pair: (_order_of(pair[0]), pair[0])))


def _order_of(type_key: str) -> int:
    policy_type = find_policy_type(type_key)
    return policy_type.import_order if policy_type else 0


def _preview_type(context: Context, type_key: str, items: list[RestoreItem]) -> None:
    policy_type = find_policy_type(type_key)
    if policy_type is None:
        for item in items:
            _record(context, item, _problem(codes.TYPE_UNKNOWN))
        return
    try:
        index = context.live.index(policy_type)
    except GraphError as error:
        logger.warning("run %s could not list %s: %s", context.handle.run_id, type_key, error)
        for item in items:
            _record(context, item, _problem(error.code), error)
        return
    _preview_listed(context, index, policy_type, items)


def _preview_listed(context: Context, index: TypeIndex, policy_type: PolicyType, items: list[RestoreItem]) -> None:
    matches = _match(context, index, policy_type, items)
    for begin in range(0, len(items), CHUNK):
        for item in items[begin : begin + CHUNK]:
            _preview_item(context, index, item, matches.get(item.id))
        context.handle.checkpoint()


def _match(context: Context, index: TypeIndex, policy_type: PolicyType, items: list[RestoreItem]) -> dict[int, Match]:
    """Match the items that can be written. Keeps only names and ids, because there may be thousands."""
    named: list[Item] = []
    for item in items:
        wanted = _find_wanted(context, item)
        if wanted is not None and not is_default(wanted.content, policy_type):
            kind = find_kind(wanted.content, policy_type)
            named.append(Item(item.id, _origin_id(context, policy_type, item), wanted.name, kind))
    by_id = {item.id: item for item in items}

    def is_same(item_id: int, external_id: str) -> bool:
        return _is_same(context, policy_type, by_id[item_id], external_id)

    return dict(match(named, index.items, index.ids_of_name, is_same))


def _origin_id(context: Context, policy_type: PolicyType, item: RestoreItem) -> str | None:
    """Return the id by which the tenant's policy is the same. A number says nothing in another tenant."""
    is_foreign = context.restore.source_tenant_id != context.restore.tenant_id
    return None if policy_type.numbered and is_foreign else item.external_id


def _find_wanted(context: Context, item: RestoreItem) -> Wanted | None:
    """Return what is wanted, or None for an item that cannot be written; its preview then reports why."""
    try:
        return context.want(item)
    except OF_THE_RUN:
        raise
    except Exception as error:
        logger.debug("run %s: item %s is not matched: %s", context.handle.run_id, item.id, error)
        return None


def _is_same(context: Context, policy_type: PolicyType, item: RestoreItem, external_id: str) -> bool:
    """Whether a policy has the item's content. One that cannot be read counts as different."""
    wanted = _find_wanted(context, item)
    try:
        live = context.live.read(policy_type, external_id)
        return wanted is not None and not changes_of(wanted.content, live, policy_type)
    except OF_THE_RUN:
        raise
    except Exception as error:
        logger.warning("run %s cannot compare with %s: %s", context.handle.run_id, external_id, error)
        return False


def _preview_item(context: Context, index: TypeIndex, item: RestoreItem, matched: Match | None) -> None:
    try:
        wanted = context.want(item)
        finding = _find(context, index, wanted, item, matched)
    except OF_THE_RUN:
        raise
    except (GraphError, NotWritable) as error:
        text = error.detail if isinstance(error, NotWritable) else ""
        detail = {"problem_detail": text[:LONGEST_DETAIL] or None}
        _record(context, item, _problem(error.code) | detail, error)
    except Exception as error:
        logger.exception("run %s cannot preview item %s", context.handle.run_id, item.id)
        _record(context, item, _problem(code_of(error)), error)
    else:
        lost = codes.ASSIGNMENTS_DROPPED if wanted.dropped else None
        code = wanted.assignments_problem or lost
        _record(context, item, finding | {"assignments_failure_code": code, "replaced_tags": [*wanted.tags] or None})


def _find(context: Context, index: TypeIndex, wanted: Wanted, item: RestoreItem, matched: Match | None) -> Finding:
    if is_default(wanted.content, wanted.policy_type):
        found = item.external_id if item.external_id in index.items else index.find_default(wanted.content)
        if found is None:
            return _problem(codes.DEFAULT_MISSING)
        matched = Match(MatchRule.ORIGIN_ID if found == item.external_id else MatchRule.NAME, found)
    if matched is None:
        raise GraphError(UNEXPECTED_RESPONSE)
    if matched.external_id is not None:
        if not can_be_of_kind(find_kind(wanted.content, wanted.policy_type), index.kind_of(matched.external_id)):
            raise NotWritable(codes.KIND_DIFFERS)
        compared = _compare(context, wanted, matched.external_id, is_written=True)
        has_changes = compared["changes_total"] or compared["assignments_change"]
        action = Action.UPDATE if has_changes else Action.UNCHANGED
        return {"action": action, "matched_by": matched.rule, "target_external_id": matched.external_id, **compared}
    if not matched.candidates:
        return _new(context, wanted)
    if len(matched.candidates) > MOST_CANDIDATES:
        raise NotWritable(codes.TOO_MANY_CANDIDATES)
    created = {"reach_if_created": _reach_of_new(context, wanted)}
    candidates = [
        {"external_id": external_id, **_facts(index, external_id), **_compare(context, wanted, external_id), **created}
        for external_id in matched.candidates
    ]
    return {"action": Action.CONFLICT, "matched_by": MatchRule.NONE, "candidates": candidates}


def _new(context: Context, wanted: Wanted) -> Finding:
    if needs_package(wanted.content, wanted.policy_type.key):
        raise NotWritable(codes.PACKAGE_MISSING)
    check_secrets(wanted.content, wanted.secrets)
    found = {"action": Action.CREATE, "matched_by": MatchRule.NONE, "assignments_change": bool(wanted.assignments)}
    return found | {"reach": _reach_of_new(context, wanted)}


def _reach_of_new(context: Context, wanted: Wanted) -> Finding:
    """Whom a policy will reach that does not exist yet."""
    return _reach(context, wanted, {}, [])


def _reach(context: Context, wanted: Wanted, live: dict[str, Any], present: list[dict[str, Any]]) -> Finding:
    if wanted.policy_type.assignable:
        return context.reach(wanted, Reach(_targets(present), _targets(_resulting(wanted, present))))
    if wanted.policy_type.key != CONDITIONAL_ACCESS:
        return context.reach(wanted, Reach())
    people = Reach(people_of(live), people_of(wanted.content), (), live.get("state"), wanted.content.get("state"))
    return context.reach(wanted, people)


def _resulting(wanted: Wanted, present: list[dict[str, Any]]) -> list[dict[str, Any]]:
    try:
        return wanted.resulting(present)
    except InvalidAssignments:
        return present  # the write reports it for that item, under its own code


def _targets(assignments: list[dict[str, Any]]) -> tuple[Target, ...]:
    try:
        return targets_of(assignments)
    except InvalidAssignments:
        return ()


def _facts(index: TypeIndex, external_id: str) -> Finding:
    """What helps the user to tell two policies of the same name apart."""
    item = index.items[external_id]
    return {
        "description": item.get("description"),
        "created_at": item.get("createdDateTime"),
        "modified_at": item.get("lastModifiedDateTime") or item.get("modifiedDateTime"),
    }


def _compare(context: Context, wanted: Wanted, external_id: str, *, is_written: bool = False) -> Finding:
    """Return what an update of the tenant's policy would change. Raises GraphError.

    Raises NotWritable if it `is_written` and a secret for that is not known.
    """
    live = context.live.read(wanted.policy_type, external_id)
    if is_written:
        check_secrets(wanted.content, wanted.secrets, changes_of(wanted.content, live, wanted.policy_type))
    described = describe_changes(wanted.content, live, wanted.policy_type)
    assignments = None
    if wanted.policy_type.assignable:
        assignments = context.live.assignments(wanted.policy_type, external_id)
    return {
        "live_hash": fingerprint(live, wanted.policy_type),
        "live_content": live if described["changes_total"] else None,
        "live_assignments": assignments,
        "assignments_change": _assignments_change(wanted, assignments or []),
        "reach": _reach(context, wanted, live, assignments or []),
        **described,
    }


def _assignments_change(wanted: Wanted, present: list[dict[str, Any]]) -> bool:
    if wanted.assignments is None or not wanted.policy_type.assignable:
        return False
    try:
        return differ(wanted.policy_type, wanted.resulting(present), present)
    except (InvalidAssignment, InvalidAssignments):
        # An unknown kind of assignment. The write reports it for that item, under its own code.
        return True


def _problem(code: str) -> Finding:
    return {"action": Action.SKIP, "matched_by": MatchRule.NONE, "problem_code": code}


def _record(context: Context, item: RestoreItem, finding: Finding, error: Exception | None = None) -> None:
    handle, restore = context.handle, context.restore
    finding = {"import_order": _order_of(item.type), **finding}
    record_finding(restore.id, restore.revision, handle.run_id, item.id, finding)
    code = finding.get("problem_code")
    is_failure = code is not None and code not in codes.ON_PURPOSE
    if is_failure:
        tell(handle, item, error or NotWritable(str(code)))
    handle.count(
        processed=1,
        succeeded=int(code is None),
        failed=int(is_failure),
        skipped=int(code in codes.ON_PURPOSE),
    )
