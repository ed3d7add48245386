"""`credentials.check`: fetches a token with a credential; one that was entered is used only after that (R75)."""

from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.queries import Tenant
from ops_admin.credentials.choosing import installation_settings, settings_of
from ops_admin.credentials.queries import Credential, find_credential, find_current
from ops_admin.credentials.storage import adopt, record_refusal
from ops_admin.graph.errors import FAILURE_CODES, GraphError
from ops_admin.graph.tokens import AppTokens
from ops_admin.intune.operations import ATTEMPTS, RETRY_CODES, tenant_of
from ops_admin.runs.catalog import Inputs, InvalidInputs, OperationType
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle
from ops_admin.web.keyset import LARGEST_ID

REPLACED = "credentials.replaced"


def check_credentials(handle: RunHandle) -> None:
    """Fetch a token as the tenant's application. Without an input, check what is used now."""
    tenant = tenant_of(handle)
    handle.progress(total=1, processed=0)
    credential = _credential_of(handle, tenant)
    try:
        graph = settings_of(credential) if credential else installation_settings()
        # A source of its own: a token that was fetched earlier proves nothing about now.
        AppTokens(graph, tenant.external_id).get(handle.wait)
    except GraphError as error:
        if credential:
            record_refusal(tenant.id, credential.id, error.code, handle.run_id)
        raise
    if credential and not adopt(tenant.id, credential.id, handle.run_id):
        raise OperationFailed(REPLACED)
    handle.progress(processed=1, succeeded=1)


def parse_inputs(raw: Mapping[str, object]) -> Inputs:
    """Return the id of the credential to check, if one is named. Raises InvalidInputs."""
    unknown = raw.keys() - {"credential"}
    if unknown:
        raise InvalidInputs(dict.fromkeys(unknown, gettext("This operation takes no such input.")))
    credential = raw.get("credential")
    if credential is None:
        return {}
    if not isinstance(credential, int) or isinstance(credential, bool) or not 0 < credential <= LARGEST_ID:
        raise InvalidInputs({"credential": gettext("This must be the id of a credential.")})
    return {"credential": credential}


def _credential_of(handle: RunHandle, tenant: Tenant) -> Credential | None:
    named = handle.inputs.get("credential")
    if named is None:
        return find_current(tenant.id)
    found = find_credential(tenant.id, named) if isinstance(named, int) else None
    if found is None:
        raise OperationFailed(REPLACED)
    return found


CREDENTIALS_CHECK = OperationType(
    key="credentials.check",
    label=_("Credential check"),
    capability=Capability.CREDENTIALS_MANAGE,
    handler=check_credentials,
    identity_inputs=("credential",),
    parse_inputs=parse_inputs,
    max_attempts=ATTEMPTS,
    retry_codes=RETRY_CODES,
    restarts=2,
    resume="anywhere",
    failure_codes={
        **FAILURE_CODES,
        REPLACED: _("The credential was replaced or removed before it could be checked, so nothing was changed."),
    },
)
