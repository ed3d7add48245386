"""Somebody who restores policy after policy into another tenant, and executes again after every crash."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from ops_admin.access.queries import find_tenant_in_workspace
from ops_admin.infra.database import db
from ops_admin.intune.backups.queries import find_backup_set_of_run, list_all_items
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.drafting import choose_items, create_draft
from ops_admin.intune.restore.states import RestoreStatus
from ops_admin.runs.ledger import Actor
from ops_admin.runs.queries import find_run
from tests.faults.traffic import Person
from tests.graph.simulated import CONTOSO, FABRIKAM, Simulator

TYPE = "deviceConfigurations"
AT_ONCE = 8
SECONDS_FOR_ONE = 120


@dataclass
class Restorer:
    """Restores a backup of Contoso into Fabrikam, a few policies at a time. `restored` counts those done."""

    app: Flask
    simulator: Simulator
    person: Person
    restored: list[str] = field(default_factory=list)
    executions: int = 0
    _names: list[str] = field(default_factory=list)
    _backup_run: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def prepare(self, policies: int) -> None:
        """Create this many policies in Contoso and back them up, before anything is killed."""
        made = self.simulator.control("POST", f"tenants/{CONTOSO}/{TYPE}/generate", count=policies)["ids"]
        held = self.simulator.control("GET", f"tenants/{CONTOSO}/{TYPE}")["value"]
        self._names = [each["displayName"] for each in held if each["id"] in made]
        with self.app.app_context():
            body = {"types": [TYPE], "assignments": False}
            run_id = self._done("/tenants/1/backups", body, time.monotonic() + SECONDS_FOR_ONE)
        assert run_id is not None, "the backup failed although nobody was killed"
        self._backup_run = run_id

    def __enter__(self) -> "Restorer":
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join(SECONDS_FOR_ONE)

    def _work(self) -> None:
        with self.app.app_context():
            for first in range(0, len(self._names), AT_ONCE):
                if self._over.is_set():
                    return
                self._restore(self._names[first : first + AT_ONCE])
                db.session.remove()

    def _restore(self, names: list[str]) -> None:
        """Preview and execute until it is done. Somebody else's cancel ends it as well."""
        deadline = time.monotonic() + SECONDS_FOR_ONE
        restore_id = self._draft(self._backup_run, names)
        at = f"/tenants/2/restores/{restore_id}"
        while self._goes_on(deadline) and self._done(f"{at}/preview", None, deadline) is None:
            continue
        while self._goes_on(deadline):
            self.executions += 1
            if self._done(f"{at}/execute", None, deadline) is not None:
                self.restored += names
                return
            if self._status_of(restore_id) in (RestoreStatus.DRAFT, RestoreStatus.CANCELLED):
                return

    def _goes_on(self, deadline: float) -> bool:
        return not self._over.is_set() and time.monotonic() < deadline

    def _draft(self, backup_run: int, names: list[str]) -> int:
        """Choose the policies by name."""
        db.session.rollback()
        backup = find_backup_set_of_run(backup_run)
        target = find_tenant_in_workspace(1, FABRIKAM)
        assert backup is not None
        assert target is not None
        draft = create_draft(target, backup, Actor.system())
        choose_items(draft, add=[each.id for each in list_all_items(backup.id) if each.name in names])
        return draft.id

    def _done(self, path: str, body: Any, deadline: float) -> int | None:
        """Start something and wait for its end. Returns the run's id if it succeeded."""
        run_id = self.person.insist(path, body, until=deadline)
        while run_id is not None and self._goes_on(deadline):
            db.session.rollback()
            run = find_run(run_id)
            if run is not None and run.is_terminal:
                return run_id if run.outcome == "succeeded" else None
            time.sleep(0.1)
        return None

    def _status_of(self, restore_id: int) -> str:
        db.session.rollback()
        found = queries.find_restore(restore_id)
        return found.status if found is not None else RestoreStatus.CANCELLED


def held_in_target(simulator: Simulator) -> list[str]:
    """The names of all policies of the restored type in Fabrikam."""
    return [str(each["displayName"]) for each in simulator.control("GET", f"tenants/{FABRIKAM}/{TYPE}")["value"]]
