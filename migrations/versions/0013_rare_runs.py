"""Indexes on rare runs: those that did not succeed, and those of earlier systems (R35)."""

import sqlalchemy as sa

from ops_admin.infra.migrating import build_index, remove_index

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UNSUCCESSFUL = sa.text("outcome IN ('partially_succeeded', 'failed', 'cancelled')")
LEGACY = sa.text(
    "NOT ((status IN ('queued', 'running') AND outcome = 'pending') OR "
    "(status = 'completed' AND outcome IN ('succeeded', 'partially_succeeded', 'failed', 'cancelled')))"
)


def upgrade() -> None:
    build_index(
        "ix_operation_runs_unsuccessful",
        "operation_runs",
        ["workspace_id", "outcome", "created_at"],
        where=UNSUCCESSFUL,
    )
    build_index("ix_operation_runs_legacy", "operation_runs", ["workspace_id", "created_at"], where=LEGACY)


def downgrade() -> None:
    remove_index("ix_operation_runs_legacy", "operation_runs")
    remove_index("ix_operation_runs_unsuccessful", "operation_runs")
