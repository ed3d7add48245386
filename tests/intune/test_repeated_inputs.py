"""A run can be started again with its stored inputs (R44): they mean the same."""

from collections.abc import Callable, Mapping

import pytest
from flask import Flask

from ops_admin.intune.assignments.inputs import parse_fetch_inputs, parse_restore_inputs
from ops_admin.intune.backups.inputs import parse_inputs as parse_backup_inputs

MANY = list(range(1, 800))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.parametrize(
    ("parse", "raw"),
    [
        (parse_backup_inputs, {"all": "yes", "name": " A  name "}),
        (parse_backup_inputs, {"types": ["mobileApps", "intents"], "assignments": "off"}),
        (parse_backup_inputs, {"policy_ids": ["2", 1]}),
        (parse_backup_inputs, {"policy_ids": MANY}),
        (parse_fetch_inputs, {"all": True}),
        (parse_fetch_inputs, {"policy_ids": MANY}),
        (parse_restore_inputs, {"policy_ids": [1], "version": "3", "mapping": {"b": "skip", "a": "c"}}),
        (parse_restore_inputs, {"all": True, "backup_set_id": 4, "mode": "replace"}),
    ],
)
def test_parsed_inputs_are_parsed_to_themselves(
    app_context: Flask, parse: Callable[[Mapping[str, object]], dict[str, object]], raw: dict[str, object]
) -> None:
    once = parse(raw)

    assert parse(once) == once
