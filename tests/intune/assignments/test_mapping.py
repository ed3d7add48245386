"""Mapping of assignments to other groups: nothing is guessed, lost or written twice."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_admin.intune.assignments.mapping import (
    EXCLUSION,
    FILTER_ID,
    FILTER_TYPE,
    SKIP,
    InvalidAssignments,
    check_assignments,
    filter_ids_of,
    group_ids_of,
    is_exclusion,
    map_assignments,
    merge,
    place_of,
    replace,
    same_assignments,
    target_of,
    without_read_only,
)

GROUP = "#microsoft.graph.groupAssignmentTarget"
EVERYONE = "#microsoft.graph.allLicensedUsersAssignmentTarget"
DEVICES = "#microsoft.graph.allDevicesAssignmentTarget"

groups = st.sampled_from([f"group-{number}" for number in range(6)])
filters = st.sampled_from(["filter-1", "filter-2"])


def to_group(group_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"policy_{group_id}",
        "source": "direct",
        "target": {"@odata.type": GROUP, "groupId": group_id},
        **more,
    }


def without_group(group_id: str) -> dict[str, Any]:
    return {"id": f"policy_{group_id}", "target": {"@odata.type": EXCLUSION, "groupId": group_id}}


def to_all(kind: str = EVERYONE) -> dict[str, Any]:
    return {"id": "policy_all", "target": {"@odata.type": kind, FILTER_ID: None, FILTER_TYPE: "none"}}


def filtered(assignment: dict[str, Any], filter_id: str) -> dict[str, Any]:
    return {**assignment, "target": {**assignment["target"], FILTER_ID: filter_id, FILTER_TYPE: "include"}}


some_assignments = st.lists(
    st.one_of(
        st.builds(to_group, groups),
        st.builds(
            lambda group, intent: to_group(group, intent=intent), groups, st.sampled_from(["required", "available"])
        ),
        st.builds(without_group, groups),
        st.builds(filtered, st.builds(to_group, groups), filters),
        st.builds(to_all, st.sampled_from([EVERYONE, DEVICES])),
    ),
    max_size=8,
)
decisions = st.dictionaries(groups, st.one_of(st.just(SKIP), st.sampled_from(["target-1", "target-2", "target-3"])))


@given(some_assignments, decisions)
def test_what_is_written_points_only_at_groups_that_were_chosen(
    assignments: list[dict[str, Any]], mapping: dict[str, Any]
) -> None:
    mapped = map_assignments(assignments, mapping)

    chosen = {target for target in mapping.values() if isinstance(target, str)}
    assert group_ids_of(mapped.assignments) <= chosen


@given(some_assignments, decisions)
def test_every_group_is_written_skipped_or_reported(assignments: list[dict[str, Any]], mapping: dict[str, Any]) -> None:
    mapped = map_assignments(assignments, mapping)

    asked = group_ids_of(assignments)
    assert mapped.unmapped == asked - mapping.keys()
    assert mapped.skipped == {group_id for group_id in asked if mapping.get(group_id) is SKIP}
    expected = {mapping[group_id] for group_id in asked - mapped.unmapped - mapped.skipped}
    assert group_ids_of(mapped.assignments) == expected


@given(some_assignments, decisions)
def test_no_target_is_written_twice(assignments: list[dict[str, Any]], mapping: dict[str, Any]) -> None:
    written = map_assignments(assignments, mapping).assignments

    aims = [place_of(each) for each in written]
    assert len(aims) == len(set(aims))


@given(some_assignments)
def test_mapping_each_group_to_itself_changes_only_read_only_properties(
    assignments: list[dict[str, Any]],
) -> None:
    once = map_assignments(assignments, {group_id: group_id for group_id in group_ids_of(assignments)})

    assert all(each in without_read_only(assignments) for each in once.assignments)
    assert map_assignments(once.assignments, {group: group for group in group_ids_of(assignments)}) == map_assignments(
        once.assignments, {group: group for group in group_ids_of(once.assignments)}
    )


@given(some_assignments, some_assignments)
def test_a_merge_holds_all_that_is_wanted_and_loses_nothing_else(
    present: list[dict[str, Any]], wanted: list[dict[str, Any]]
) -> None:
    sent = merge(present, wanted)

    assert group_ids_of(sent) == group_ids_of(present) | group_ids_of(wanted)
    certain = map_assignments(wanted, {group_id: group_id for group_id in group_ids_of(wanted)})
    assert all(each in sent for each in certain.assignments)


@given(some_assignments, some_assignments)
def test_a_second_merge_has_nothing_to_do(present: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    sent = merge(present, wanted)

    assert same_assignments(sent, merge(sent, wanted))


def test_two_groups_that_become_one_are_written_once() -> None:
    mapped = map_assignments([to_group("a"), to_group("b")], {"a": "same", "b": "same"})

    assert mapped.assignments == [{"target": {"@odata.type": GROUP, "groupId": "same"}}]
    assert mapped.conflicts == frozenset()


def test_an_inclusion_and_an_exclusion_that_become_one_group_stay_excluded_and_are_reported() -> None:
    mapped = map_assignments([to_group("a"), without_group("b")], {"a": "same", "b": "same"})

    assert [is_exclusion(target_of(each)) for each in mapped.assignments] == [True]
    assert mapped.conflicts == {"same"}


APP = [
    to_group("u", intent="uninstall"),
    {**without_group("u"), "intent": "available"},
    {**to_all(), "intent": "available"},
]


def test_an_app_is_assigned_to_a_group_once_with_each_intent() -> None:
    mapped = map_assignments(APP, {"u": "v"})

    assert [(each["intent"], *place_of(each)) for each in mapped.assignments] == [
        ("uninstall", "v", "uninstall"),
        ("available", "v", "available"),
        ("available", EVERYONE, "available"),
    ]
    assert mapped.conflicts == frozenset()


def test_what_is_wanted_with_one_intent_leaves_the_other_intents_alone() -> None:
    sent = merge(APP, [to_group("u", intent="required"), to_group("u", intent="available")])

    assert [each["intent"] for each in sent] == ["uninstall", "available", "required", "available"]
    assert not any(is_exclusion(target_of(each)) for each in sent)


def test_the_intent_and_settings_of_an_app_survive() -> None:
    settings = {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "notifications": "showAll"}

    mapped = map_assignments([to_group("a", intent="required", settings=settings)], {"a": "b"})

    assert mapped.assignments[0]["intent"] == "required"
    assert mapped.assignments[0]["settings"] == settings


def test_within_a_tenant_a_filter_stays() -> None:
    assignment = filtered(to_group("a"), "filter-1")

    mapped = map_assignments([assignment], {"a": "a"})

    assert filter_ids_of(mapped.assignments) == {"filter-1"}


def test_a_filter_without_a_decision_keeps_its_assignment_from_being_written() -> None:
    assignments = [filtered(to_group("a"), "filter-1"), filtered(to_all(), "filter-2"), to_group("b")]

    mapped = map_assignments(assignments, {"a": "x", "b": "y"}, filters={"filter-2": "other"})

    assert group_ids_of(mapped.assignments) == {"y"}
    assert filter_ids_of(mapped.assignments) == {"other"}
    assert mapped.unmapped_filters == {"filter-1"}


def test_a_skipped_filter_takes_its_assignments_along_and_is_reported() -> None:
    assignments = [filtered(to_group("a"), "filter-1"), to_group("b")]

    mapped = map_assignments(assignments, {"a": "x", "b": "y"}, filters={"filter-1": SKIP})

    assert group_ids_of(mapped.assignments) == {"y"}
    assert mapped.skipped_filters == {"filter-1"}
    assert not mapped.unmapped_filters


def test_a_merge_replaces_what_is_present_for_the_same_group() -> None:
    sent = merge([to_group("a"), to_group("b")], [without_group("a")])

    assert [(target_of(each)["groupId"], is_exclusion(target_of(each))) for each in sent] == [("b", False), ("a", True)]


def test_a_replacement_keeps_only_what_a_policy_set_made() -> None:
    of_a_set = {**to_group("a"), "source": "policySets", "sourceId": "set-1"}

    sent = replace([of_a_set, to_group("b")], [to_group("c")])

    assert group_ids_of(sent) == {"a", "c"}


@pytest.mark.parametrize(
    "stored", [None, {}, "x", [1], [{}], [{"target": None}], [{"target": {}}], [{"target": {"@odata.type": GROUP}}]]
)
def test_a_value_that_is_not_a_list_of_assignments_is_refused(stored: object) -> None:
    with pytest.raises(InvalidAssignments):
        check_assignments(stored)
