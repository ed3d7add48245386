"""A row is inserted or changed by one statement, on both engines."""

import pytest
from sqlalchemy import select

from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.upserts import insert_into, upsert
from ops_admin.intune.directory.models import DbDirectorySync
from ops_admin.intune.policies.models import DbSelection
from tests.support.factories import make_tenant

pytestmark = pytest.mark.usefixtures("app_context")


def test_a_row_is_inserted_once_and_changed_after_that() -> None:
    tenant, other = make_tenant(), make_tenant()
    for run_id in (1, 2):
        with transaction() as session:
            for each in (tenant, other):
                values = {"attempted_at": utcnow(), "attempted_run_id": run_id * each.id}
                upsert(session, DbDirectorySync.__table__, {"tenant_id": each.id}, values)
    found = db.session.execute(select(DbDirectorySync.tenant_id, DbDirectorySync.attempted_run_id))
    assert {row.tenant_id: row.attempted_run_id for row in found} == {tenant.id: 2 * tenant.id, other.id: 2 * other.id}


def test_what_belongs_to_the_first_insert_alone_stays_as_it_was() -> None:
    for ids in ([1], [2]):
        with transaction() as session:
            first = {"ids": ids, "size": len(ids)}
            upsert(session, DbSelection.__table__, {"key": "k"}, {"created_at": utcnow()}, first=first)
    assert db.session.scalars(select(DbSelection.ids)).all() == [[1]]


def test_an_insert_can_give_way_to_a_row_that_is_there() -> None:
    for size in (1, 2):
        with transaction() as session:
            statement = insert_into(session, DbSelection.__table__)
            session.execute(statement.values(key="k", ids=[], size=size, created_at=utcnow()).on_conflict_do_nothing())
    assert db.session.scalars(select(DbSelection.size)).all() == [1]
