"""Each import contract of setup.cfg is broken on purpose, in a copy of the package, and must report it."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

# Contract, the module that gets the violation, and the import that breaks the contract.
VIOLATIONS = [
    ("layers", "runs/service.py", "import ops_admin.intune"),
    ("layers", "runs/events.py", "import ops_admin.notifications"),
    ("layers", "access/guards.py", "import ops_admin.runs.queries"),
    ("layers", "graph/__init__.py", "import ops_admin.access.queries"),
    ("layers", "auth/passwords.py", "import ops_admin.web.errors"),
    ("layers", "infra/file_storage/disks.py", "import ops_admin.access.queries"),
    ("layers", "newcomer.py", ""),
    ("rooms-of-runs", "runs/service.py", "import ops_admin.runs.worker.execution"),
    ("rooms-of-runs", "runs/worker/execution.py", "import ops_admin.runs.web.presenter"),
    ("rooms-of-runs", "runs/newcomer.py", ""),
    ("acyclic", "runs/states.py", "import ops_admin.runs.service"),
    ("foundation", "config.py", "import ops_admin.access.capabilities"),
    ("foundation", "infra/database.py", "import ops_admin.infra.queue"),
    ("simulator", "app.py", "import ops_admin.simulator"),
    ("simulator-alone", "simulator/__init__.py", "import ops_admin.access.capabilities"),
    ("ledger", "runs/web/views.py", "from ops_admin.runs.models import DbOperationRun"),
    ("ledger", "notifications/writer.py", "import ops_admin.runs.models"),
    ("ledger-statements", "runs/queries.py", "import ops_admin.runs.statements"),
    ("notifications", "runs/web/views.py", "from ops_admin.notifications.models import DbNotification"),
    ("notifications", "notifications/views.py", "import ops_admin.notifications.models"),
    ("notifications-writer", "reviews/lifecycle.py", "from ops_admin.notifications import writer"),
    ("graph", "intune/inventory/views.py", "import ops_admin.graph"),
    ("database-only-pages", "runs/web/views.py", "import requests"),
    ("database-only-pages", "runs/web/presenter.py", "import msal"),
    ("database-only-pages", "notifications/queries.py", "import ops_admin.graph.client"),
    ("layers", "infra/adapters/huey_storage.py", "import ops_admin.runs.service"),
    ("adapters", "server/worker.py", "from huey.consumer import Consumer"),
    ("adapters", "server/web.py", "from gunicorn.workers.gthread import ThreadWorker"),
    ("adapters", "infra/queue.py", "import huey.storage"),
    ("adapters", "realtime/sockets.py", "from socketio import RedisManager"),
    ("adapters", "auth/microsoft/store.py", "from cachelib import FileSystemCache"),
    ("sockets", "runs/events.py", "import flask_socketio"),
    ("pure-rules", "runs/counts.py", "import sqlalchemy"),
    ("pure-rules", "runs/states.py", "import flask"),
    ("views", "intune/policies/views/pages.py", "import ops_admin.intune.inventory.views"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "ops_admin", tmp_path / "ops_admin", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "setup.cfg", tmp_path / "setup.cfg")
    return tmp_path


@pytest.mark.parametrize(("contract", "module", "violation"), VIOLATIONS)
def test_a_planted_violation_breaks_its_contract(copy: Path, contract: str, module: str, violation: str) -> None:
    plant(copy / "ops_admin" / module, violation)
    done = lint_imports(copy, contract)
    assert done.returncode != 0
    assert f"{contract_names()[contract]} BROKEN" in done.stdout


def test_the_product_keeps_every_contract(copy: Path) -> None:
    done = lint_imports(copy, *contract_names())
    assert done.returncode == 0, done.stdout


def test_every_contract_is_shown_to_bite() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(contract_names())


def plant(module: Path, violation: str) -> None:
    assert module.exists() or module.stem == "newcomer", f"{module} is not there any more"
    with module.open("a") as file:
        file.write(f"\n{violation}\n")


def lint_imports(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [word for contract in contracts for word in ("--contract", contract)]
    command = [str(LINT_IMPORTS), "--no-cache", "--no-logo", "--config", "setup.cfg", *chosen]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def contract_names() -> dict[str, str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    prefix = "importlinter:contract:"
    return {name.removeprefix(prefix): config[name]["name"] for name in config if name.startswith(prefix)}
