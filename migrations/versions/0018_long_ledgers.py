"""Indexes for listing runs by type, by initiator, and without a tenant, newest first (R35)."""

import sqlalchemy as sa

from ops_admin.infra.migrating import build_index, remove_index

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

RUNS = "operation_runs"
BY_TYPE = "ix_operation_runs_workspace_type_created"
BY_INITIATOR = "ix_operation_runs_workspace_initiator_created"
TENANTLESS = "ix_operation_runs_tenantless"


def upgrade() -> None:
    build_index(BY_TYPE, RUNS, ["workspace_id", "type", "created_at"])
    build_index(BY_INITIATOR, RUNS, ["workspace_id", "initiator_name", "created_at"])
    build_index(TENANTLESS, RUNS, ["workspace_id", "created_at"], where=sa.text("tenant_id IS NULL"))


def downgrade() -> None:
    for name in (TENANTLESS, BY_INITIATOR, BY_TYPE):
        remove_index(name, RUNS)
