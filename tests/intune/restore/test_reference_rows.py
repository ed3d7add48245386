"""What is stored of references: names of any length, and two previews of one tenant at the same time (R55)."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.restore.references import keep_objects, list_objects, list_references
from ops_admin.references.declared import Kind, Thing
from tests.graph.simulated import Simulator
from tests.intune.restore.restoring import make_backup, make_restore

LOCATIONS = [Thing(f"location-{number}", f"Location {number}") for number in range(50)]


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """PostgreSQL, which minds the length of a text and lets two write at once."""
    return postgres_url


@pytest.mark.parametrize("were_known", [False, True])
def test_two_previews_may_read_what_a_tenant_has_at_the_same_time(app: Flask, target: Tenant, were_known: bool) -> None:
    if were_known:
        keep_objects(target.id, Kind.LOCATION, [*LOCATIONS, Thing("gone", "Gone")])
    errors: list[Exception] = []

    for _ in range(10):
        at_once(app, [lambda: keep_objects(target.id, Kind.LOCATION, LOCATIONS)] * 4, errors)

    assert errors == []
    assert len(list_objects(target.id)[Kind.LOCATION]) == len(LOCATIONS)


def at_once(app: Flask, works: list[Callable[[], None]], errors: list[Exception]) -> None:
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                work()
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_name_may_be_longer_than_its_column(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    backup = make_backup(source, types=["deviceShellScripts"])
    entry = {"kind": str(Kind.SCOPE_TAG), "id": "7", "name": "ä" * 600}
    with transaction() as session:
        item = session.query(DbBackupItem).filter_by(backup_set_id=backup.id).first()
        assert item is not None
        item.references = [entry]

    restore = make_restore(backup, target)

    assert [row.source_name for row in list_references(restore.id)] == ["ä" * 500]
