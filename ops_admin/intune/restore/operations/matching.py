"""Matches items of the backup to the tenant's policies: by original id, then by exact name and kind (R43). Pure."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ops_admin.intune.restore.states import MatchRule

IsSame = Callable[[int, str], bool]
"""Whether the item with that id has the same content as the tenant's policy with that id."""
IdsOfName = Callable[[str, str | None], Sequence[str]]
"""The tenant's policies with exactly that name that can be of that kind."""


@dataclass(frozen=True)
class Item:
    """What matching needs of a backup item. `kind` is its `@odata.type`, or None."""

    item_id: int
    origin_id: str | None
    name: str
    kind: str | None = None


@dataclass(frozen=True)
class Match:
    """The result: one policy, none, or several `candidates` for the user to choose from."""

    rule: MatchRule
    external_id: str | None = None
    candidates: tuple[str, ...] = ()


NOTHING = Match(MatchRule.NONE)


def match(
    items: Sequence[Item], present: Collection[str], ids_of_name: IdsOfName, is_same: IsSame
) -> Mapping[int, Match]:
    """Match the items of one type with the policies present.

    No policy is matched to two items. `is_same` is called only where several items of one name could be the same
    policy, since only their content can tell those apart.
    """
    same = {each.item_id: each.origin_id for each in items if each.origin_id is not None}
    found = {
        item_id: Match(MatchRule.ORIGIN_ID, origin_id) for item_id, origin_id in same.items() if origin_id in present
    }
    taken = {each.external_id for each in found.values()}
    by_name: dict[str, dict[int, list[str]]] = {}
    for each in items:
        if each.item_id not in found:
            free = [external_id for external_id in ids_of_name(each.name, each.kind) if external_id not in taken]
            by_name.setdefault(each.name, {})[each.item_id] = free
    for free_ids in by_name.values():
        found |= _match_name(free_ids, is_same)
    return found


def can_be_of_kind(one: str | None, other: str | None) -> bool:
    """Whether two policies of a type can be the same one: their kinds agree, as far as both are known.

    An iOS app and an Android app may share a name, and a policy never changes its kind.
    """
    return one is None or other is None or one == other


def _match_name(free_ids: Mapping[int, list[str]], is_same: IsSame) -> dict[int, Match]:
    times = Counter(external_id for ids in free_ids.values() for external_id in ids)
    twins = {item_id: ids for item_id, ids in free_ids.items() if any(times[external_id] > 1 for external_id in ids)}
    alone = {item_id: _match_one(ids) for item_id, ids in free_ids.items() if item_id not in twins}
    return {**alone, **_match_twins(twins, is_same)}


def _match_one(free: list[str]) -> Match:
    if not free:
        return NOTHING
    return Match(MatchRule.NAME, free[0]) if len(free) == 1 else Match(MatchRule.NONE, candidates=tuple(free))


def _match_twins(twins: Mapping[int, list[str]], is_same: IsSame) -> dict[int, Match]:
    found: dict[int, Match] = {}
    taken: set[str] = set()
    for item_id, ids in twins.items():
        same = next((each for each in ids if each not in taken and is_same(item_id, each)), None)
        if same is not None:
            found[item_id] = Match(MatchRule.NAME, same)
            taken.add(same)
    rest = {item_id: _candidates(each for each in ids if each not in taken) for item_id, ids in twins.items()}
    return {**rest, **found}


def _candidates(free: Iterable[str]) -> Match:
    candidates = tuple(free)
    return Match(MatchRule.NONE, candidates=candidates) if candidates else NOTHING
