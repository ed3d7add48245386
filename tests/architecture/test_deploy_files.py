"""Everything that docs/deploy.md and the files beside it refer to exists."""

import re
import shlex
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

from prometheus_client import REGISTRY

from ops_admin.cli import main
from tests.support.sources import PACKAGE, ROOT

DEPLOY = ROOT / "deploy"
# Prints how systemd parses the files in environment.d, which have the syntax of an EnvironmentFile.
SYSTEMD = Path("/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator")
FIGURE = re.compile(r"\bops_admin_[a-z_]+\b")
VARIABLE = re.compile(r"\bOPS_ADMIN_[A-Z_]+\b")
# Names of files, databases and the like that only look like metrics.
NO_FIGURES = {"ops_admin", "ops_admin_json"}


def known_figures() -> set[str]:
    """The metrics of a process, and those read from the ledger."""
    import_module("ops_admin.telemetry.metrics")
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


def test_the_guide_says_what_to_do_about_each_alert() -> None:
    alerts = re.findall(r"alert: (\w+)", (DEPLOY / "alerts.yml").read_text())
    _, _, chapter = (ROOT / "docs" / "deploy.md").read_text().partition("## When an alert comes\n")
    paragraphs = re.findall(r"^- \*\*(\w+)\*\*: \S", chapter.partition("\n## ")[0], re.MULTILINE)
    assert paragraphs == alerts
    assert len(alerts) >= 8


def test_a_shell_and_systemd_read_the_same_environment(tmp_path: Path) -> None:
    example = DEPLOY / "environment.example"
    values = re.findall(r"^(\w+)=(.*)$", example.read_text(), re.MULTILINE)
    meant = {name: value[1:-1] for name, value in values if re.fullmatch("'[^']*'", value)}
    assert len(meant) == len(values) > 10
    by_shell = subprocess.run(["sh", "-c", f"set -a; . {example}; env"], env={}, capture_output=True, text=True)
    assert meant.items() <= dict(line.split("=", 1) for line in by_shell.stdout.splitlines()).items()
    if SYSTEMD.exists():
        (tmp_path / "environment.d").mkdir()
        shutil.copy(example, tmp_path / "environment.d" / "example.conf")
        told = subprocess.run([SYSTEMD], env={"XDG_CONFIG_HOME": str(tmp_path)}, capture_output=True, text=True)
        assert meant.items() <= dict(word.split("=", 1) for word in shlex.split(told.stdout)).items()


def test_the_command_of_an_administrator_runs_with_the_environment_of_the_units(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "environment.example", tmp_path / "environment")
    script = (DEPLOY / "ops-admin").read_text().replace("/etc/ops_admin", str(tmp_path))
    script = script.replace("${OPS_ADMIN_DATA_DIR:-/var/lib/ops_admin}", str(tmp_path))
    (tmp_path / "runuser").write_text('#!/bin/sh\necho "$*"; env\n')
    (tmp_path / "runuser").chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    told = subprocess.run(["sh", "-c", script, "ops-admin", "db", "upgrade"], env={"PATH": path}, capture_output=True)
    lines = told.stdout.decode().splitlines()
    assert lines[0] == "-u ops-admin -- /opt/ops_admin/.venv/bin/ops-admin db upgrade"
    assert "OPS_ADMIN_DISK_URL=s3://ops-admin?endpoint=https://s3.internal&region=eu-central-1" in lines


def test_every_command_in_the_guide_exists() -> None:
    named = set(re.findall(r"^ +ops-admin ([a-z]+)", (ROOT / "docs" / "deploy.md").read_text(), re.MULTILINE))
    assert {"db", "doctor", "workspace", "tenant", "user"} <= named <= set(main.commands)


def test_the_units_start_commands_that_exist() -> None:
    for path in DEPLOY.glob("systemd/*.service"):
        [command] = re.findall(r"^ExecStart=\S+/ops-admin (\S+)", path.read_text(), re.MULTILINE)
        assert command in main.commands


def test_every_file_that_the_guide_links_to_exists() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / "docs" / "deploy.md").read_text()):
        assert (ROOT / "docs" / target).exists(), target


def test_every_file_of_the_wheel_that_the_guide_names_is_in_it() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text() + (DEPLOY / "ops-admin").read_text()
    named = set(re.findall(r"share/ops_admin/((?:deploy|requirements)/[\w./-]*\w)", guide))
    assert len(named) >= 4
    for path in named:
        assert (ROOT / path).exists(), path
