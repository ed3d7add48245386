"""How far each ledger was pruned, and indexes for finding references to a run (R48)."""

import sqlalchemy as sa
from alembic import op

from ops_admin.infra.migrating import build_index, remove_index

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_prunings",
        sa.Column("workspace_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("newest_run_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_before", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_run_prunings_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_run_prunings")),
    )
    build_index("ix_policy_versions_run", "policy_versions", ["operation_run_id"])
    build_index("ix_restore_runs_preview_run_id", "restore_runs", ["preview_run_id"])


def downgrade() -> None:
    remove_index("ix_restore_runs_preview_run_id", "restore_runs")
    remove_index("ix_policy_versions_run", "policy_versions")
    op.drop_table("run_prunings")
