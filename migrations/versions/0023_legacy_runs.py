"""Runs of earlier systems may be stored with that system's status and outcome (R9)."""

import sqlalchemy as sa
from alembic import op

from ops_admin.infra.migrating import replace_check, validate_check

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CHECK = "ck_operation_runs_status_outcome"
OF_TODAY = (
    "(status IN ('queued', 'running') AND outcome = 'pending') OR "
    "(status = 'completed' AND outcome IN ('succeeded', 'partially_succeeded', 'failed', 'cancelled'))"
)
OR_LEGACY = (
    f"(NOT is_legacy AND ({OF_TODAY})) OR (is_legacy AND NOT (status IN ('queued', 'running') AND outcome = 'pending'))"
)


def upgrade() -> None:
    # On PostgreSQL this is committed before the check is validated: what was interrupted in between is made again.
    again = op.get_context().dialect.name == "postgresql"
    op.add_column(
        "operation_runs",
        sa.Column("is_legacy", sa.Boolean(), server_default=sa.false(), nullable=False),
        if_not_exists=again or None,
    )
    replace_check("operation_runs", CHECK, OF_TODAY, OR_LEGACY)
    # There are none, unless this migration was undone or somebody dropped the check. An index finds them.
    runs = sa.table("operation_runs", sa.column("is_legacy", sa.Boolean()))
    op.get_bind().execute(sa.update(runs).where(sa.text(f"NOT ({OF_TODAY})")).values(is_legacy=sa.true()))
    validate_check("operation_runs", CHECK)


def downgrade() -> None:
    # Rows of earlier systems stay as they are, so the check is not validated.
    replace_check("operation_runs", CHECK, OR_LEGACY, OF_TODAY)
    op.drop_column("operation_runs", "is_legacy")
