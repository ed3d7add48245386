"""Reads 217 real policies through the client and compares them with an independent count of the files (R40)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops_admin.graph.canonical import content_hash
from ops_admin.graph.reading import list_policies
from ops_admin.graph.resources import get_policy_type
from tests.graph.simulated import CORPUS, Simulator, read_all, running_simulator

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of exported policies is not there")

PARTS = ("settings", "definitionValues", "scheduledActionsForRule")


def exported(path: Path) -> dict[str, Any]:
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    document = json.loads(raw.decode(encoding))
    assert isinstance(document, dict)
    return document


def parts_of(policy: dict[str, Any]) -> list[tuple[str, str]]:
    """What the policy sets, in any order; an export has the element itself instead of a list of one."""
    found = []
    for name in PARTS:
        rows = policy.get(name) or []
        found += [(name, telling(row)) for row in (rows if isinstance(rows, list) else [rows])]
    return sorted(found)


def telling(row: dict[str, Any]) -> str:
    """The texts of a row that say what it sets."""
    if "settingInstance" in row:
        return json.dumps(without_annotations(row["settingInstance"]), sort_keys=True)
    if "definitionId" in row:
        return f"{row['definitionId']} {row['valueJson']}"
    return str(row.get("enabled", len(row.get("scheduledActionConfigurations", []))))


def without_annotations(value: Any) -> Any:
    if isinstance(value, dict):
        own = {name: inner for name, inner in value.items() if "@" not in name or name == "@odata.type"}
        return {name: without_annotations(inner) for name, inner in own.items()}
    return [without_annotations(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator("--corpus", str(CORPUS)) as running:
        yield running


@pytest.mark.parametrize("key", sorted(each.name for each in CORPUS.glob("*/")))
def test_every_exported_policy_is_read_with_every_setting(simulator: Simulator, key: str) -> None:
    policy_type = get_policy_type(key)
    files = [exported(path) for path in (CORPUS / key).glob("*.json")]
    written = sorted((each[policy_type.name_field], parts_of(each)) for each in files)

    contents = read_all(simulator.client(), policy_type)

    assert sorted((each[policy_type.name_field], parts_of(each)) for each in contents) == written


def test_the_corpus_is_217_policies(simulator: Simulator) -> None:
    client = simulator.client()
    counts = [
        sum(len(page) for page in list_policies(client, get_policy_type(each.name))) for each in CORPUS.glob("*/")
    ]

    assert sum(counts) == len(list(CORPUS.glob("*/*.json"))) == 217


def test_a_second_reading_has_the_same_hashes(simulator: Simulator) -> None:
    policy_type = get_policy_type("configurationPolicies")

    first, second = ([content_hash(each) for each in read_all(simulator.client(), policy_type)] for _ in range(2))

    assert first == second
    assert len(set(first)) > 150
