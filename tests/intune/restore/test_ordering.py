"""What others refer to is written first; circles are found (R55)."""

from ops_admin.intune.restore.operations.ordering import in_order


def test_what_is_needed_comes_first_and_the_rest_keeps_its_order() -> None:
    assert in_order([1, 2, 3, 4], {1: [3], 3: [4]}) == ([4, 3, 1, 2], frozenset())


def test_a_circle_is_found_and_what_leads_to_it_is_no_part_of_it() -> None:
    ordered, circles = in_order([1, 2, 3, 4], {1: [2], 2: [3], 3: [2]})
    assert sorted(ordered) == [1, 2, 3, 4]
    assert circles == {2, 3}


def test_a_policy_that_refers_to_itself_is_a_circle() -> None:
    assert in_order([1, 2], {2: [2]})[1] == {2}


def test_a_chain_of_thousands_is_no_problem() -> None:
    ordered, circles = in_order(range(3000), {each: [each + 1] for each in range(2999)})
    assert ordered == list(reversed(range(3000)))
    assert not circles
