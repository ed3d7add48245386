"""Small factories of records that fill in what a test does not care about. They need an application context."""

import itertools
import uuid
from collections.abc import Mapping
from functools import cache

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.models import DbUser
from ops_admin.access.queries import Tenant, User, Workspace
from ops_admin.auth.passwords import hash_password
from ops_admin.infra.database import transaction
from ops_admin.runs import service
from ops_admin.runs.ledger import Actor, Failure, NewRun, Run
from ops_admin.runs.states import Outcome, Status
from tests.support.clients import ConsoleClient
from tests.support.environment import DEMO_PASSWORD

WORKER = Actor.worker("worker")
"""Some process that executes runs."""

_numbers = itertools.count(1)


def make_workspace(name: str | None = None) -> Workspace:
    """Insert a workspace."""
    number = next(_numbers)
    return administration.add_workspace(name or f"Workspace {number}", f"workspace-{number}")


def make_tenant(workspace: Workspace | None = None, name: str | None = None, external_id: str | None = None) -> Tenant:
    """Insert a tenant, in a new workspace unless one is given."""
    workspace = workspace or make_workspace()
    name = name or f"Tenant {next(_numbers)}"
    return administration.add_tenant(workspace.id, external_id or str(uuid.uuid4()), name)


def make_user(email: str | None = None, name: str | None = None) -> User:
    """Insert a user with the password DEMO_PASSWORD and without any rights."""
    number = next(_numbers)
    email = email or f"user{number}@example.com"
    with transaction() as session:
        row = DbUser(email=email, display_name=name or f"User {number}", password_hash=_password_hash())
        session.add(row)
        session.flush()
        return User(row.id, row.email, row.display_name)


def make_member(tenant: Tenant, role: Role | None = Role.OPERATOR, email: str | None = None) -> User:
    """Insert a user of the tenant's workspace who has `role` there and on the tenant.

    With None, the user may read the workspace but has no role on the tenant.
    """
    user = make_user(email)
    administration.add_member(user.id, tenant.workspace_id, role or Role.READONLY)
    if role is not None:
        administration.grant_role(user.id, tenant.id, role)
    return user


def actor_of(user: User | None) -> Actor:
    """The user as an actor, or System if None."""
    return Actor.user(user) if user else Actor.system()


def make_run(
    tenant: Tenant | None = None,
    user: User | None = None,
    *,
    workspace_id: int | None = None,
    type: str = "inventory.sync",  # noqa: A002  # the name of the column
    identity: str | None = None,
    context: Mapping[str, object] | None = None,
) -> Run:
    """Insert a queued run through the ledger's service; without a tenant or workspace, for a new tenant."""
    if tenant is None and workspace_id is None:
        tenant = make_tenant()
    new = NewRun(
        workspace_id=tenant.workspace_id if tenant else workspace_id or 0,
        tenant_id=tenant.id if tenant else None,
        user_id=user.id if user else None,
        initiator_name=user.display_name if user else "System",
        type=type,
        run_identity_hash=identity or uuid.uuid4().hex * 2,
        context=dict(context or {}),
    )
    return service.create(new)[0]


def make_running_run(tenant: Tenant | None = None, user: User | None = None, **fields: object) -> Run:
    """Insert a run that a worker has claimed; `fields` as for make_run."""
    return claim(make_run(tenant, user, **fields))  # type: ignore[arg-type]  # passed through


def claim(run: Run) -> Run:
    """Claim a queued run as a worker does, and return it as that worker holds it."""
    return _changed(service.claim(run, WORKER))


def make_completed_run(
    tenant: Tenant | None = None,
    user: User | None = None,
    *,
    outcome: Outcome = Outcome.SUCCEEDED,
    counts: Mapping[str, int] | None = None,
    failures: tuple[Failure, ...] = (),
    **fields: object,
) -> Run:
    """Insert a run that has ended with `outcome`; `fields` as for make_run."""
    run = make_running_run(tenant, user, **fields)
    ended = service.finish(
        run.id,
        outcome,
        actor=WORKER,
        counts=counts or {},
        recorded=failures,
        expect=[Status.RUNNING],
    )
    return _changed(ended)


def sign_in(client: ConsoleClient, user: User) -> ConsoleClient:
    """Sign in a user of make_user through the login form."""
    client.sign_in(user.email)
    return client


def _changed(run: Run | None) -> Run:
    assert run is not None, "the run was not in the status that this change expects"
    return run


# Argon2 is slow on purpose, so all users of a session share one hash.
@cache
def _password_hash() -> str:
    return hash_password(DEMO_PASSWORD)
