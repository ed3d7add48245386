"""Selected policies in the inputs of an operation (R8)."""

import pytest
from flask import Flask

from ops_admin.intune.policies.chosen import MOST_NAMED, find_chosen, read_chosen
from ops_admin.intune.policies.selections import keep_selection
from ops_admin.runs.catalog import InvalidInputs

MANY = list(range(1, MOST_NAMED + 2))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_a_few_policies_are_stored_as_ids(app_context: Flask) -> None:
    assert read_chosen({"policy_ids": ["3", 1, 1]}) == {"policy_ids": [1, 3]}


def test_many_policies_are_stored_as_a_selection_and_found_again(app_context: Flask) -> None:
    inputs = read_chosen({"policy_ids": MANY})

    assert "policy_ids" not in inputs
    assert find_chosen(inputs) == MANY


@pytest.mark.parametrize("ids", [[4, 2], MANY], ids=["few", "many"])
def test_the_same_policies_always_have_the_same_inputs(app_context: Flask, ids: list[int]) -> None:
    assert read_chosen({"selection": keep_selection(ids)}) == read_chosen({"policy_ids": ids})


def test_an_unknown_selection_is_refused(app_context: Flask) -> None:
    with pytest.raises(InvalidInputs):
        read_chosen({"selection": "0" * 64})


def test_inputs_without_policies_choose_none(app_context: Flask) -> None:
    assert find_chosen({"all": True}) is None
