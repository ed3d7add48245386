"""Only `run_url` builds the URL of a run (R30), never a template, a script or a view."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from ops_admin.runs.urls import run_url
from tests.support.sources import ROOT, TEMPLATES, Source, plant, product_sources

SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
PAGES = sorted(path for path in TEMPLATES.rglob("*.*") if path.is_file())
BUILDER = "runs/urls.py"

# The list's own URLs, which name no run.
LISTED = r"(?:active|stop|start-again|housekeeping)\b"
BY_HAND = re.compile(
    rf"/operations/(?!{LISTED})"  # "/operations/17", "/operations/{{ run.id }}", "/operations/" ~ run.id
    r"|/operations[\"'`]\s*(?:~|\+|%|\.concat|\.format)"  # "/operations" + …
    r"|url_for\(\s*[\"']runs\.show[\"']"
)
TEMPLATE_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
SCRIPT_COMMENT = re.compile(r"^\s*(?://|/\*|\*).*$", re.MULTILINE)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_no_template_writes_the_address_of_a_run() -> None:
    assert len(PAGES) > 90
    assert not [path.name for path in PAGES if BY_HAND.search(TEMPLATE_COMMENT.sub("", path.read_text()))]


def test_no_script_writes_the_address_of_a_run() -> None:
    assert len(SCRIPTS) > 20
    assert not [path.name for path in SCRIPTS if BY_HAND.search(SCRIPT_COMMENT.sub("", path.read_text()))]


def test_no_module_but_one_writes_the_address_of_a_run() -> None:
    assert {source.name for source in product_sources() if writes_an_address(source)} == {BUILDER}


@pytest.mark.parametrize(
    "written",
    [
        '<a href="/operations/{{ run.id }}">',
        "<a href='/operations/17'>",
        '{{ "/operations/" ~ run.id }}',
        '{{ "/operations" ~ "/" ~ run.id }}',
        "{{ '/operations/%s' | format(run.id) }}",
        '{{ url_for("runs.show", run_id=run.id) }}',
        "location = `/operations/${id}`;",
        'location = "/operations/" + id;',
        '"/operations".concat("/", id)',
    ],
)
def test_an_address_written_by_hand_is_recognised(written: str) -> None:
    assert BY_HAND.search(written)


@pytest.mark.parametrize(
    "written",
    [
        '<a href="/operations?tenant={{ tenant.id }}">',
        '<a href="/operations">',
        "/operations/active",
        '"/operations/housekeeping/" ~ workspace.id',
        "/operations/stop",
    ],
)
def test_the_addresses_of_the_list_are_left_alone(written: str) -> None:
    assert not BY_HAND.search(written)


@pytest.mark.parametrize(
    "violation",
    [
        'def more(run): return f"/operations/{run.id}"',
        'def more(run): return "/operations/%s" % run.id',
        'def more(run): return "/operations" + "/" + str(run.id)',
        'def more(run): return f"{LIST}/{run.id}" if (LIST := "/operations/") else ""',
        'def more(run): return url_for("runs.show", run_id=run.id)',
    ],
)
def test_an_address_written_in_a_view_is_recognised(tmp_path: Path, violation: str) -> None:
    assert writes_an_address(plant(tmp_path, "intune/home/views.py", violation))


def test_templates_have_the_one_function(app: Flask) -> None:
    assert app.jinja_env.globals["run_url"] is run_url
    assert run_url(17) == "/operations/17"


def writes_an_address(source: Source) -> bool:
    """Whether the module's code builds one. Docstrings and routes do not count."""
    return any(BY_HAND.search(ast.unparse(node)) for node in expressions_of(source))


def expressions_of(source: Source) -> list[ast.expr]:
    documents = {id(node.value) for node in ast.walk(source.tree) if isinstance(node, ast.Expr) if is_text(node.value)}
    kinds = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)
    return [node for node in ast.walk(source.tree) if isinstance(node, kinds) and id(node) not in documents]


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
