"""Which policy of the tenant an item of the backup is: by its origin id, then by exact name and type (R43). Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from ops_admin.intune.restore.states import MatchRule

IsSame = Callable[[int, str], bool]
"""Whether the item of that id says what the tenant's policy of that id says."""


@dataclass(frozen=True)
class Match:
    """What was found: one policy, none, or several `candidates` between which only the user can choose."""

    rule: MatchRule
    external_id: str | None = None
    candidates: tuple[str, ...] = ()


NOTHING = Match(MatchRule.NONE)


def match(
    items: Sequence[tuple[int, str, str]],
    present: Collection[str],
    ids_of_name: Callable[[str], Sequence[str]],
    is_same: IsSame,
) -> Mapping[int, Match]:
    """Match the items of one type, given as (id, origin id, name), with the policies that are present.

    No policy is given to two items. `is_same` is asked only where the backup itself holds several of one name: those
    can be told apart by what they say, and by nothing else.
    """
    found = {item_id: Match(MatchRule.ORIGIN_ID, origin) for item_id, origin, _ in items if origin in present}
    taken = {each.external_id for each in found.values()}
    by_name: dict[str, list[int]] = {}
    for item_id, _, name in items:
        if item_id not in found:
            by_name.setdefault(name, []).append(item_id)
    for name, item_ids in by_name.items():
        free = [external_id for external_id in ids_of_name(name) if external_id not in taken]
        found |= _match_name(item_ids, free, is_same)
    return found


def _match_name(item_ids: list[int], free: list[str], is_same: IsSame) -> dict[int, Match]:
    if len(item_ids) == 1:
        return {item_ids[0]: _match_one(free)}
    return _match_twins(item_ids, free, is_same)


def _match_one(free: list[str]) -> Match:
    if not free:
        return NOTHING
    return Match(MatchRule.NAME, free[0]) if len(free) == 1 else Match(MatchRule.NONE, candidates=tuple(free))


def _match_twins(item_ids: list[int], free: list[str], is_same: IsSame) -> dict[int, Match]:
    found: dict[int, Match] = {}
    for item_id in item_ids:
        same = next((external_id for external_id in free if is_same(item_id, external_id)), None)
        if same is not None:
            found[item_id] = Match(MatchRule.NAME, same)
            free = [external_id for external_id in free if external_id != same]
    rest = Match(MatchRule.NONE, candidates=tuple(free)) if free else NOTHING
    return {**dict.fromkeys(item_ids, rest), **found}
