"""Everything a worker needs before it claims a run, in one query (R18, R68)."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, and_, bindparam, or_, select

from ops_admin.access.models import DbTenant
from ops_admin.access.queries import Tenant
from ops_admin.access.rights import Rights, grants_of, grants_parameters, rights_from_grants
from ops_admin.infra.database import db
from ops_admin.runs.ledger import Run
from ops_admin.runs.models import DbOperationRun
from ops_admin.runs.rows import run_from

runs, tenants = DbOperationRun.__table__, DbTenant.__table__


@dataclass(frozen=True)
class Claimable:
    """A run, its tenant, and the initiator's rights there. `rights` is None for a run started by System."""

    run: Run
    tenant: Tenant | None
    rights: Rights | None


def find_claimable(run_id: int) -> Claimable | None:
    """Return the run with its tenant and rights, or None if there is no such run."""
    rows = db.session.execute(_query(), {"run_id": run_id, **grants_parameters()}).all()
    if not rows:
        return None
    run, first = run_from(rows[0]), rows[0]
    tenant = None
    if run.tenant_id is not None and first.tenant_name is not None:
        tenant = Tenant(run.tenant_id, run.workspace_id, first.tenant_external_id, first.tenant_name)
    grants = [(row.grant_source, run.user_id, row.grant_workspace, row.grant_tenant, row.grant_role) for row in rows]
    return Claimable(run, tenant, rights_from_grants(run.user_id, grants) if run.user_id is not None else None)


@cache
def _query() -> Select[Any]:
    run_id = bindparam("run_id", type_=BigInteger)
    grants = grants_of(select(runs.c.user_id).where(runs.c.id == run_id).correlate(None).scalar_subquery())
    of_workspace = and_(grants.c.tenant_id.is_(None), grants.c.workspace_id == runs.c.workspace_id)
    return (
        select(
            *runs.c,
            tenants.c.external_id.label("tenant_external_id"),
            tenants.c.display_name.label("tenant_name"),
            grants.c.source.label("grant_source"),
            grants.c.workspace_id.label("grant_workspace"),
            grants.c.tenant_id.label("grant_tenant"),
            grants.c.role.label("grant_role"),
        )
        .outerjoin(tenants, tenants.c.id == runs.c.tenant_id)
        .outerjoin(grants, or_(grants.c.tenant_id == runs.c.tenant_id, of_workspace))
        .where(runs.c.id == run_id)
    )
