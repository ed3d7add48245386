"""Which credential is used for a tenant: its own, else the installation's (R75). Handlers and sign-ins only."""

from dataclasses import replace

from flask import current_app

from ops_admin.access.queries import Tenant
from ops_admin.config import InvalidSetting, Settings
from ops_admin.credentials.installation import read_certificate
from ops_admin.credentials.queries import Credential, find_current, find_for_directory
from ops_admin.credentials.storage import NewCredential, open_sealed
from ops_admin.graph.errors import CREDENTIAL_UNREADABLE, GraphError
from ops_admin.graph.settings import ClientCertificate, GraphSettings, TrafficLimits
from ops_admin.infra.sealing import SealBroken


def settings_for(tenant: Tenant) -> GraphSettings:
    """Return Microsoft's origins and the tenant's credentials; raises GraphError if they cannot be read."""
    return _own_or_installations(find_current(tenant.id))


def settings_for_directory(directory_id: str) -> GraphSettings:
    """Return the settings for a sign-in through a directory, before it is known who comes; raises GraphError.

    If several workspaces have different credentials for the directory, the installation's are used.
    """
    return _own_or_installations(find_for_directory(directory_id))


def settings_of(credential: Credential) -> GraphSettings:
    """Return the settings with this credential, whether it is used yet or not; raises GraphError."""
    try:
        opened = open_sealed(credential.tenant_id, credential.id)
    except SealBroken as error:
        raise GraphError(CREDENTIAL_UNREADABLE) from error
    pair = ClientCertificate(opened.private_key, opened.certificate or "") if opened.private_key else None
    return replace(origins(), client_id=credential.client_id, client_secret=opened.secret, certificate=pair)


def settings_with(new: NewCredential) -> GraphSettings:
    """Return the settings with a credential that is not stored yet, to check it first."""
    pair = ClientCertificate(new.certificate.private_key, new.certificate.certificate) if new.certificate else None
    return replace(origins(), client_id=new.client_id, client_secret=new.secret, certificate=pair)


def installation_settings() -> GraphSettings:
    """Return Microsoft's origins and the installation's credentials; raises GraphError."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        pair = read_certificate(settings)
    except InvalidSetting as error:  # the file was replaced by an unusable one since the start
        raise GraphError(CREDENTIAL_UNREADABLE) from error
    certificate = ClientCertificate(pair.private_key, pair.certificate) if pair else None
    return replace(
        origins(),
        client_id=settings.graph_client_id,
        client_secret=settings.graph_client_secret,
        certificate=certificate,
    )


def origins() -> GraphSettings:
    """Return Microsoft's origins without credentials, for whoever has a token already."""
    settings: Settings = current_app.config["SETTINGS"]
    traffic = TrafficLimits(
        most_at_once=settings.graph_parallel,
        requests=settings.graph_requests,
        paced_from_start=settings.graph_pacing == "always",
    )
    return GraphSettings(settings.graph_url, settings.login_url, traffic=traffic)


def _own_or_installations(own: Credential | None) -> GraphSettings:
    return settings_of(own) if own is not None else installation_settings()
