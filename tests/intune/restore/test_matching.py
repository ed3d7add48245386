"""Which of the tenant's policies an item matches: by original id, then exact name and kind, never by a guess (R43)."""

from collections.abc import Mapping, Sequence

from ops_admin.graph.resources import get_policy_type
from ops_admin.intune.restore.operations.live import TypeIndex
from ops_admin.intune.restore.operations.matching import Item, Match, match
from ops_admin.intune.restore.states import MatchRule

IOS, ANDROID = "#microsoft.graph.iosStoreApp", "#microsoft.graph.androidStoreApp"


def find(
    items: list[tuple[int, str, str]], present: Mapping[str, str], same: frozenset[tuple[int, str]] = frozenset()
) -> Mapping[int, Match]:
    """Match items (id, original id, name) with what is present (names by id).

    `same` lists the pairs with equal content.
    """
    return find_kinds([(*item, None) for item in items], {each: (present[each], None) for each in present}, same)


def find_kinds(
    items: Sequence[tuple[int, str, str, str | None]],
    present: Mapping[str, tuple[str, str | None]],
    same: frozenset[tuple[int, str]] = frozenset(),
) -> Mapping[int, Match]:
    """Like `find`, with kinds."""
    listed = (
        {"id": each, "displayName": name, **({"@odata.type": kind} if kind else {})}
        for each, (name, kind) in present.items()
    )
    index = TypeIndex(get_policy_type("mobileApps"), listed)
    return match(
        [Item(*item) for item in items],
        index.items,
        index.ids_of_name,
        lambda item_id, external_id: (item_id, external_id) in same,
    )


def test_the_origin_id_comes_before_the_name() -> None:
    found = find([(1, "a", "Disks")], {"a": "Renamed", "b": "Disks"})
    assert found[1] == Match(MatchRule.ORIGIN_ID, "a")


def test_the_only_one_of_the_name_is_it() -> None:
    assert find([(1, "x", "Disks")], {"b": "Disks", "c": "disks"})[1] == Match(MatchRule.NAME, "b")


def test_none_of_the_name_is_none() -> None:
    assert find([(1, "x", "Disks")], {"b": "Disk"})[1] == Match(MatchRule.NONE)


def test_two_of_the_name_are_candidates() -> None:
    found = find([(1, "x", "Disks")], {"b": "Disks", "c": "Disks"}, frozenset({(1, "b")}))
    assert found[1] == Match(MatchRule.NONE, candidates=("b", "c"))


def test_a_policy_that_another_item_is_by_its_id_is_no_candidate() -> None:
    found = find([(1, "a", "Disks"), (2, "x", "Disks")], {"a": "Disks"})
    assert found[1] == Match(MatchRule.ORIGIN_ID, "a")
    assert found[2] == Match(MatchRule.NONE)


def test_twins_are_told_apart_by_what_they_say() -> None:
    same = frozenset({(1, "c"), (2, "b")})
    found = find([(1, "x", "Disks"), (2, "y", "Disks")], {"b": "Disks", "c": "Disks"}, same)
    assert (found[1].external_id, found[2].external_id) == ("c", "b")


def test_equal_twins_get_one_each() -> None:
    same = frozenset((item_id, external_id) for item_id in (1, 2) for external_id in ("b", "c"))
    found = find([(1, "x", "Disks"), (2, "y", "Disks")], {"b": "Disks", "c": "Disks"}, same)
    assert {found[1].external_id, found[2].external_id} == {"b", "c"}


def test_a_twin_whose_counterpart_is_missing_is_made() -> None:
    found = find([(1, "x", "Disks"), (2, "y", "Disks")], {"b": "Disks"}, frozenset({(1, "b")}))
    assert (found[1].external_id, found[2]) == ("b", Match(MatchRule.NONE))


def test_twins_that_say_something_else_are_in_conflict() -> None:
    found = find([(1, "x", "Disks"), (2, "y", "Disks")], {"b": "Disks"})
    assert found[1] == found[2] == Match(MatchRule.NONE, candidates=("b",))


def test_a_policy_of_another_kind_is_not_meant_whatever_its_name() -> None:
    found = find_kinds([(1, "x", "Outlook", IOS)], {"b": ("Outlook", ANDROID)})
    assert found[1] == Match(MatchRule.NONE)


def test_of_two_kinds_under_one_name_each_finds_its_own() -> None:
    items = [(1, "x", "Outlook", IOS), (2, "y", "Outlook", ANDROID)]
    found = find_kinds(items, {"a": ("Outlook", ANDROID), "i": ("Outlook", IOS)})
    assert (found[1].external_id, found[2].external_id) == ("i", "a")


def test_where_a_kind_is_not_known_the_name_alone_counts() -> None:
    assert find_kinds([(1, "x", "Outlook", IOS)], {"b": ("Outlook", None)})[1].external_id == "b"
    assert find_kinds([(1, "x", "Outlook", None)], {"b": ("Outlook", IOS)})[1].external_id == "b"


def test_a_policy_of_unknown_kind_is_given_to_one_of_two_only() -> None:
    items = [(1, "x", "Outlook", IOS), (2, "y", "Outlook", ANDROID)]
    assert find_kinds(items, {"b": ("Outlook", None)})[1] == Match(MatchRule.NONE, candidates=("b",))
    found = find_kinds(items, {"b": ("Outlook", None)}, frozenset({(1, "b"), (2, "b")}))
    assert (found[1].external_id, found[2]) == ("b", Match(MatchRule.NONE))


def test_of_what_a_list_shows_only_what_is_asked_for_is_kept() -> None:
    listed = {"id": "a", "displayName": "Outlook", "description": "mail", "largeIcon": {"value": "…"}}
    index = TypeIndex(get_policy_type("mobileApps"), [listed])
    assert (index.items, index.ids_of_name("Outlook", None)) == ({"a": {"id": "a", "description": "mail"}}, ("a",))
