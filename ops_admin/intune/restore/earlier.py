"""What earlier restores between the same two tenants decided. It is suggested, and counts once it is saved (R43)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from ops_admin.infra.database import db
from ops_admin.intune.restore.models import (
    DbRestoreFilterMapping,
    DbRestoreGroupMapping,
    DbRestoreReferenceMapping,
    DbRestoreRun,
)
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.references import Key
from ops_admin.references.declared import Kind


def earlier_groups(restore: Restore) -> Mapping[str, str | None]:
    """Return the last decision on each group of the source: a group of the target, or None if it was skipped."""
    table = DbRestoreGroupMapping
    found = _decided(table, restore, select(table.source_group_id, table.target_group_id))
    return {row[0]: row[1] for row in found}


def earlier_filters(restore: Restore) -> Mapping[str, str | None]:
    """The same for assignment filters."""
    table = DbRestoreFilterMapping
    found = _decided(table, restore, select(table.source_filter_id, table.target_filter_id))
    return {row[0]: row[1] for row in found}


def earlier_references(restore: Restore) -> Mapping[Key, str | None]:
    """The same for other references."""
    table = DbRestoreReferenceMapping
    found = _decided(table, restore, select(table.kind, table.source_id, table.target_id))
    return {(Kind(row[0]), row[1]): row[2] for row in found}


def _decided(table: Any, restore: Restore, query: Select[*tuple[Any, ...]]) -> list[Any]:
    """Return the decisions of other restores, the newest last, so that it counts."""
    runs = DbRestoreRun
    same = (
        runs.source_tenant_id == restore.source_tenant_id,
        runs.tenant_id == restore.tenant_id,
        runs.id != restore.id,
        table.decision.is_not(None),
    )
    joined = query.join(runs, runs.id == table.restore_run_id).where(*same)
    return list(db.session.execute(joined.order_by(runs.id, table.id)))
