"""The database refuses changes to the captured columns of a version (R40)."""

from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.intune.policies.models import DbPolicyVersion
from ops_admin.intune.policies.observations import Observation
from ops_admin.intune.policies.storage import record_observations


@pytest.fixture
def version(tenant: Tenant) -> int:
    seen = Observation("an-id", "A name", utcnow(), {"settings": []}, "a" * 64)
    record_observations(tenant.id, "intents", [seen], run_id=1)
    return db.session.execute(select(DbPolicyVersion.id)).scalar_one()


@pytest.mark.parametrize(
    "change",
    [{"content": {}}, {"content_hash": "b" * 64}, {"number": 2}, {"captured_at": utcnow()}],
    ids=lambda change: next(iter(change)),
)
def test_a_captured_column_cannot_be_updated(version: int, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="a policy version never changes"), transaction() as session:
        session.execute(update(DbPolicyVersion).values(change))


def test_assignments_that_were_never_fetched_can_be_added(version: int) -> None:
    with transaction() as session:
        session.execute(update(DbPolicyVersion).values(assignments=[]))

    assert db.session.execute(select(func.count()).where(DbPolicyVersion.assignments.is_not(None))).scalar_one() == 1
