"""Turns the arguments of `runs start` into a start; errors are one sentence and exit status 2."""

import json

from ops_admin.access.guards import NotAllowed, NotVisible
from ops_admin.access.queries import AmbiguousTenant, find_tenant_by_external_id
from ops_admin.cli.context import Refusal
from ops_admin.cli.readers import Reader
from ops_admin.runs.catalog import InvalidInputs, UnknownOperation, catalog
from ops_admin.runs.dispatch import Started, start


def start_for(reader: Reader, type_key: str, external_id: str, inputs: str) -> Started:
    """Start an operation on a tenant through the same guard and dispatch as every form (R37)."""
    parsed = _parse_inputs(inputs)
    tenant_id = _tenant_id(reader, external_id)
    try:
        return start(type_key, actor=reader.actor, tenant_id=tenant_id, inputs=parsed)
    except UnknownOperation as error:
        known = ", ".join(sorted(operation.key for operation in catalog if operation.scope == "tenant"))
        raise Refusal(f"There is no operation {type_key}. There are: {known}.") from error
    except InvalidInputs as error:
        raise Refusal(f"--inputs: {error}") from error
    except (NotVisible, NotAllowed) as error:
        raise Refusal(f"{reader.email} may not start {type_key} here.") from error
    except ValueError as error:
        raise Refusal(str(error)) from error


def _parse_inputs(text: str) -> dict[str, object]:
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise Refusal(f"--inputs is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise Refusal('--inputs must be a JSON object, for example {"types": ["mobileApps"]}.')
    return parsed


def _tenant_id(reader: Reader, external_id: str) -> int:
    try:
        tenant = find_tenant_by_external_id(external_id, reader.rights)
    except AmbiguousTenant as error:
        raise Refusal(f"{error}: say with --as on whose behalf.") from error
    if tenant is None:
        raise Refusal(f"There is no tenant {external_id}.")
    return tenant.id
