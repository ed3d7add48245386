"""What docs/deploy.md and the files beside it name exists."""

import re
from importlib import import_module

from prometheus_client import REGISTRY

from ops_admin.cli import main
from tests.support.sources import PACKAGE, ROOT

DEPLOY = ROOT / "deploy"
FIGURE = re.compile(r"\bops_admin_[a-z_]+\b")
VARIABLE = re.compile(r"\bOPS_ADMIN_[A-Z_]+\b")
# Names of files, databases and the like that only look like figures.
NO_FIGURES = {"ops_admin", "ops_admin_json"}


def known_figures() -> set[str]:
    """The figures of a process, and those that the ledger is asked for."""
    import_module("ops_admin.telemetry.figures")
    of_process = {sample.name for metric in REGISTRY.collect() for sample in metric.samples} | {
        metric.name + suffix for metric in REGISTRY.collect() for suffix in ("", "_total")
    }
    return of_process | set(FIGURE.findall((PACKAGE / "health" / "ledger_facts.py").read_text()))


def test_every_figure_that_is_promised_or_watched_is_told() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text()
    named = set(re.findall(r"`(ops_admin_[a-z_]+)`", guide)) | set(FIGURE.findall((DEPLOY / "alerts.yml").read_text()))
    assert len(named) > 15
    assert named - NO_FIGURES <= known_figures()


def test_every_figure_is_explained() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text()
    ours = {name for name in known_figures() if name.startswith("ops_admin_")}
    explained = {name for name in ours if name in guide}
    forms = ("_total", "_created", "_bucket", "_count", "_sum")
    bases = {re.sub(f"({'|'.join(forms)})$", "", name) for name in explained}
    assert {re.sub(f"({'|'.join(forms)})$", "", name) for name in ours} <= bases


def test_every_variable_is_read() -> None:
    read = set(VARIABLE.findall((PACKAGE / "config.py").read_text()))
    for path in (ROOT / "docs" / "deploy.md", DEPLOY / "environment.example", *DEPLOY.glob("systemd/*")):
        assert set(VARIABLE.findall(path.read_text())) <= read, path.name


def test_the_units_start_commands_that_exist() -> None:
    for path in DEPLOY.glob("systemd/*.service"):
        [command] = re.findall(r"^ExecStart=\S+/ops-admin (\S+)", path.read_text(), re.MULTILINE)
        assert command in main.commands


def test_every_file_that_the_guide_links_to_exists() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / "docs" / "deploy.md").read_text()):
        assert (ROOT / "docs" / target).exists(), target
