"""The catalog has every operation type that code produces or looks up (R29)."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from ops_admin.runs.catalog import catalog
from tests.support.operation_keys import Produced, Reading
from tests.support.sources import ROOT, TEMPLATES, Source, plant, product_sources

# The simulator is another server and knows no operations.
SOURCES = [source for source in product_sources() if source.package != "simulator"]

# Types known only at run time, and the constant that they come from. None: the type of an existing run or operation,
# which was checked where it was created.
DECIDED_WHILE_RUNNING: dict[tuple[str, str], tuple[str, str] | None] = {
    ("runs/dispatch.py", "operation.key"): None,
    ("runs/controls.py", "run.type"): None,
    ("runs/worker/reconciler.py", "run.type"): None,
    ("runs/web/bulk/views.py", "action.many.key"): ("ops_admin.runs.web.bulk.operations", "BULK_OPERATIONS"),
    ("intune/schedules/ticking.py", "schedule.operation"): ("ops_admin.intune.schedules.labels", "SCHEDULABLE"),
}
# Functions that pass on a type named by a person. The catalog refuses unknown ones.
NAMED_BY_A_PERSON = {("ops_admin.cli.runs", "start_run")}

# How pages and scripts check the type of a run: `data-fills-by="…"`, `selectattr("type", "equalto", "…")`, `run.type ==
# "…"`, `row.type === "…"`, `TYPE = "…"`.
LOOKED_FOR = re.compile(
    r"(?:data-fills-by=|\"type\", \"(?:equalto|==)\", |\.type [!=]==? |\bTYPE = )\"([^\"{]+)\"",
)

UNREGISTERED = "invented.key"
PLANTED = {
    "a start": ("runs/worker/pruning.py", 'def more(): start("invented.key", actor=Actor.system())'),
    "a start under another name": (
        "reviews/views.py",
        'from ops_admin.runs.dispatch import start as begin\ndef more(): begin("invented.key")',
    ),
    "a start through the module": (
        "reviews/views.py",
        'from ops_admin.runs import dispatch as door\ndef more(): door.start(type_key="invented.key")',
    ),
    "a wrapper of the same file": (
        "intune/policies/views/versions.py",
        'def more(): _start(None, None, "invented.key")',
    ),
    "a wrapper of a wrapper": ("intune/policies/views/bulk.py", 'def more(): return _start(None, "invented.key")'),
    "a wrapper of another file": (
        "intune/policies/views/deleting.py",
        'def more(): return start_chosen(tenant=None, key="invented.key", inputs={}, back_to="")',
    ),
    "a constant": ("intune/restore/lifecycle.py", 'PREVIEW = "invented.key"'),
    "a default": ("reviews/views.py", 'def more(key: str = "invented.key"): start(key)'),
    "a choice": ("reviews/views.py", 'def more(): start("invented.key" if True else "inventory.sync")'),
    "a variable": ("reviews/views.py", 'def more():\n    key = "invented.key"\n    start(key)'),
    "a loop": ("reviews/views.py", 'def more():\n    for key in ("inventory.sync", "invented.key"): start(key)'),
    "something prepared": ("intune/restore/lifecycle.py", 'def more(): dispatch.prepare("invented.key", tenant_id=1)'),
    "a run made by hand": ("runs/dispatch.py", 'def more(): NewRun(1, None, None, "System", "invented.key", "")'),
    "a run changed by hand": ("runs/dispatch.py", 'def more(new): replace(new, type="invented.key")'),
    "bulk": (
        "runs/web/bulk/operations.py",
        'BULK_OPERATIONS = (OperationType(key="invented.key", label="", capability=None, handler=None),)',
    ),
    "an operation type that nobody registers": (
        "intune/backups/operations/__init__.py",
        'FORGOTTEN = OperationType(key="invented.key", label="", capability=None, handler=None)',
    ),
    "a schedule": ("intune/schedules/labels.py", 'SCHEDULABLE = ("inventory.sync", "invented.key")'),
    "the command line": ("cli/starting.py", 'def more(reader): start_for(reader, "invented.key", "", "{}")'),
    "a comparison": ("reviews/views.py", 'def more(run): return run.type == "invented.key"'),
    "a choice of types": ("reviews/views.py", 'def more(): RunFilter(types=("invented.key",))'),
}
ESCAPES = {
    "a start that is passed on": ("reviews/views.py", 'from functools import partial\npartial(start, "invented.key")'),
    "a computed type": ("reviews/views.py", 'def more(): start("invented" + ".key")'),
    "a type from elsewhere": ("reviews/views.py", "def more(request): start(request.form['key'])"),
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def registered(app: Flask) -> set[str]:
    return {operation.key for operation in catalog}


def test_the_types_that_code_produces_are_the_registered_ones(registered: set[str]) -> None:
    assert produced_by(SOURCES).keys == registered


def test_every_operation_type_that_is_described_is_registered(registered: set[str]) -> None:
    assert Reading(SOURCES).declared() == Produced(keys=registered)


def test_every_type_that_code_looks_for_is_registered(registered: set[str]) -> None:
    assert looked_for(SOURCES)
    assert looked_for(SOURCES) <= registered


def test_every_type_that_a_page_looks_for_is_registered(registered: set[str]) -> None:
    texts = [path.read_text() for path in (*TEMPLATES.rglob("*.html"), *(ROOT / "static" / "js").glob("*.js"))]
    named = {key for text in texts for match in LOOKED_FOR.finditer(text) for key in match[1].split()}
    assert len(named) > 5
    assert named <= registered


def test_what_only_a_run_of_the_program_decides_is_known() -> None:
    reading = Reading(SOURCES)
    assert reading.produced().unknown == set(DECIDED_WHILE_RUNNING)
    assert reading.untold() == NAMED_BY_A_PERSON


@pytest.mark.parametrize(("name", "violation"), PLANTED.values(), ids=PLANTED)
def test_a_type_that_is_not_registered_is_found(tmp_path: Path, name: str, violation: str) -> None:
    sources = with_planted(tmp_path, name, violation)
    found = produced_by(sources).keys | Reading(sources).declared().keys | looked_for(sources)
    assert UNREGISTERED in found


@pytest.mark.parametrize(("name", "violation"), ESCAPES.values(), ids=ESCAPES)
def test_a_type_that_nobody_could_follow_is_noticed(tmp_path: Path, name: str, violation: str) -> None:
    sources = with_planted(tmp_path, name, violation)
    assert produced_by(sources).unknown - set(DECIDED_WHILE_RUNNING)


def test_every_registered_type_has_a_dotted_key_and_a_label(app: Flask) -> None:
    for operation in catalog:
        assert operation.key.islower()
        assert "." in operation.key
        with app.test_request_context():
            assert str(operation.label).strip()


def produced_by(sources: list[Source]) -> Produced:
    """What the code produces, including the constants from which it takes a type."""
    reading = Reading(sources)
    found = reading.produced()
    for constant in filter(None, DECIDED_WHILE_RUNNING.values()):
        found.keys |= reading.constant(*constant).keys
    return found


def looked_for(sources: list[Source]) -> set[str]:
    """The types that code compares a run's type with, or queries the ledger for."""
    reading = Reading(sources)
    found = Produced()
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Compare) and ast.unparse(node.left).endswith("run.type"):
                for other in node.comparators:
                    reading.follow(source, other, [], found)
            elif isinstance(node, ast.keyword) and node.arg == "types":
                reading.follow(source, node.value, [], found)
    return found.keys


def with_planted(folder: Path, name: str, violation: str) -> list[Source]:
    planted = plant(folder, name, violation)
    return [planted if source.name == name else source for source in SOURCES]
