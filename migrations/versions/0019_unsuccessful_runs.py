"""Indexes on runs that did not succeed, by tenant, type and initiator: few rows, queried together (R35)."""

import sqlalchemy as sa

from ops_admin.infra.migrating import build_index, remove_index

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

RUNS = "operation_runs"
INDEXES = {
    "ix_operation_runs_unsuccessful_of_tenant": ["tenant_id"],
    "ix_operation_runs_unsuccessful_of_type": ["workspace_id", "type"],
    "ix_operation_runs_unsuccessful_of_initiator": ["workspace_id", "initiator_name"],
}
UNSUCCESSFUL = "outcome IN ('partially_succeeded', 'failed', 'cancelled')"


def upgrade() -> None:
    for name, columns in INDEXES.items():
        build_index(name, RUNS, [*columns, "outcome", "created_at"], where=sa.text(UNSUCCESSFUL))


def downgrade() -> None:
    for name in reversed(INDEXES):
        remove_index(name, RUNS)
