"""What signing in with Microsoft is used for: entering the console, and connecting a tenant."""

from collections.abc import Mapping

from flask import url_for

from ops_admin.access.capabilities import Capability
from ops_admin.access.connections import forget_connection, note_connection
from ops_admin.access.current import current_sign_in
from ops_admin.access.queries import Tenant, find_tenant
from ops_admin.access.rights import rights_of
from ops_admin.auth.microsoft import storage
from ops_admin.auth.microsoft.admission import MicrosoftIdentity, admit, directory_grants_roles, link
from ops_admin.auth.microsoft.identity import read_identity
from ops_admin.auth.microsoft.outbound.authority import (
    ANY_ORGANISATION,
    LIMITS,
    SEARCH_SCOPES,
    SIGN_IN_SCOPES,
    Authority,
    SignedIn,
    SignInFailed,
)
from ops_admin.auth.microsoft.outbound.groups import read_my_group_ids
from ops_admin.auth.microsoft.outbound.tokens import GivenToken
from ops_admin.auth.microsoft.storage import Pending
from ops_admin.auth.sessions import sign_in
from ops_admin.credentials.choosing import installation_settings, origins, settings_for, settings_for_directory
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import GraphError
from ops_admin.graph.settings import GraphSettings


class NotTheSamePerson(PermissionError):
    """The user who began to connect the tenant is no longer signed in, or may no longer do so."""


def graph_settings(pending: Pending) -> GraphSettings:
    """Return the credentials for a sign-in: the tenant's or directory's own, else the installation's (R75).

    Raises SignInFailed if they cannot be read.
    """
    try:
        tenant = find_tenant(pending.tenant_id) if pending.tenant_id is not None else None
        if tenant is not None:
            return settings_for(tenant)
        if pending.directory != ANY_ORGANISATION:
            return settings_for_directory(pending.directory)
        return installation_settings()
    except GraphError as error:
        raise SignInFailed(error.code) from error


def begin_entering(directory: str | None, next_page: str | None) -> str:
    """Start a sign-in to the console; returns the URL for the browser. Raises SignInFailed, StoreUnavailable."""
    return _begin(SIGN_IN_SCOPES, Pending({}, directory or ANY_ORGANISATION, next_page))


def begin_connecting(tenant: Tenant) -> str:
    """Start connecting a tenant; returns the URL for the browser. Raises SignInFailed, StoreUnavailable."""
    begun_by = current_sign_in()
    pending = Pending({}, tenant.external_id, tenant_id=tenant.id, sign_in_id=begun_by.id if begun_by else None)
    return _begin(SEARCH_SCOPES, pending)


def redeem(pending: Pending, answer: Mapping[str, str]) -> tuple[SignedIn, MicrosoftIdentity]:
    """Return the tokens and identity of the user who came back. Raises SignInFailed, InvalidClaims."""
    settings = graph_settings(pending)
    with Authority(settings, pending.directory) as authority:
        signed_in = authority.finish(pending.flow, answer)
    directory = None if pending.directory == ANY_ORGANISATION else pending.directory
    return signed_in, read_identity(signed_in.claims, settings.client_id or "", directory)


def enter(identity: MicrosoftIdentity, signed_in: SignedIn) -> None:
    """Sign the user in with the current roles of their groups; the token is not kept.

    Raises NotAdmitted, GraphError.
    """
    group_ids: list[str] = []
    if directory_grants_roles(identity.tenant_id):
        settings, tokens = origins(), GivenToken(signed_in.access_token)
        with GraphClient(settings, identity.tenant_id, tokens=tokens, limits=LIMITS, interactive=True) as client:
            group_ids = read_my_group_ids(client)
    admitted = admit(identity, group_ids)
    sign_in(admitted.user, admitted.grant_ids)


def connect(pending: Pending, identity: MicrosoftIdentity, signed_in: SignedIn) -> Tenant:
    """Keep the token, only for the user who began. Raises NotTheSamePerson, StoreUnavailable."""
    tenant = check_same_person(pending)
    until = storage.keep_token(tenant.id, signed_in.cache)
    note_connection(tenant.id, identity.address, until)
    begun_by = current_sign_in()
    if begun_by is not None:
        link(begun_by.user, identity)
    return tenant


def check_same_person(pending: Pending) -> Tenant:
    """Return the tenant that this sign-in began to connect and still may; raises NotTheSamePerson."""
    now = current_sign_in()
    tenant = find_tenant(pending.tenant_id) if pending.tenant_id is not None else None
    if now is None or tenant is None or now.id != pending.sign_in_id:
        raise NotTheSamePerson
    if not rights_of(now.user.id).may(Capability.ACCESS_MANAGE, tenant.id):
        raise NotTheSamePerson
    return tenant


def disconnect(tenant: Tenant) -> None:
    """Delete the token for a tenant. Raises StoreUnavailable."""
    forget_connection(tenant.id)
    storage.forget_token(tenant.id)


def _begin(scopes: list[str], pending: Pending) -> str:
    with Authority(graph_settings(pending), pending.directory) as authority:
        flow = authority.begin(scopes, url_for("microsoft.finish", _external=True))
    begun = Pending(flow, pending.directory, pending.next_page, pending.tenant_id, pending.sign_in_id)
    storage.keep_pending(begun)
    return str(flow["auth_uri"])
