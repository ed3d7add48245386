"""A stored document as a careful client sends it: the counterpart of all that a real tenant refuses."""

import copy
from collections.abc import Mapping
from typing import Any

from ops_admin.simulator.bindings import bindable
from ops_admin.simulator.refusals.policy_sets import STATE
from ops_admin.simulator.refusals.unchangeable import NEVER_IN_A_CREATE
from ops_admin.simulator.relations import kind_of
from ops_admin.simulator.resources import BY_KEY
from ops_admin.simulator.schema import load_schema
from ops_admin.simulator.secrets import MASKS, PRE_SHARED_KEY, SEALED
from ops_admin.simulator.shapes import OF_A_PART, READ_ONLY, Document, Resource

GRAPH = "https://graph.microsoft.com/beta"
UNSENDABLE = {
    "deviceEnrollmentConfigurations": {"priority"},
    "authenticationStrengthPolicies": {"policyType", "requirementsSatisfied"},
}


def rewritten(resource: Resource, document: Document, secrets: Mapping[str, str]) -> dict[str, Any]:
    """The body of a POST that makes the document again in the tenant that it is from."""
    kind, schema = kind_of(resource, document), load_schema()
    known = schema.properties(kind)
    never = {name for owner, names in NEVER_IN_A_CREATE.items() if schema.is_a(kind, owner) for name in names}
    never |= READ_ONLY | resource.refused | UNSENDABLE.get(resource.key, set())
    body: dict[str, Any] = {}
    for name, value in copy.deepcopy(document).items():
        if name == "categories" and resource.key == "mobileApps":
            continue  # added afterwards, one by one
        if name in bindable(resource, kind):
            _bind(body, resource, kind, name, value)
        elif name in resource.navigations and name not in resource.deep_insert:
            continue
        elif name not in never - resource.allowed and not (name in known and known[name].read_only):
            body[name] = without_ids(value) if name in resource.navigations else value
    if resource.writable is not None:
        body = {name: value for name, value in body.items() if name in resource.writable}
    # A rollout that is over is not begun again.
    current = {name: value for name, value in body.items() if name != "rolloutSettings"}
    return _special(resource, document, with_secrets(current, document, secrets))


def without_ids(value: Any) -> Any:
    """Parts without what the service gave them."""
    if isinstance(value, list):
        return [without_ids(each) for each in value]
    if isinstance(value, dict):
        return {name: without_ids(each) for name, each in value.items() if name not in {*OF_A_PART, *STATE}}
    return value


def with_secrets(value: Any, document: Document, secrets: Mapping[str, str]) -> Any:
    """Plain values in the place of what stands for them."""
    if isinstance(value, list):
        return [with_secrets(each, document, secrets) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("@odata.type") == SEALED:
        return {**value, "value": secrets[value["value"]], "valueState": "notEncrypted"}
    if value.get("@odata.type") in MASKS:
        shown = {name: each for name, each in value.items() if name not in ("isEncrypted", "secretReferenceValueId")}
        return {**shown, "value": secrets[value["secretReferenceValueId"]]}
    changed = {name: with_secrets(each, document, secrets) for name, each in value.items()}
    key = secrets.get(f"{document['id']}/{PRE_SHARED_KEY}")
    return {**changed, PRE_SHARED_KEY: key} if key and PRE_SHARED_KEY in value else changed


def _bind(body: dict[str, Any], resource: Resource, kind: str, name: str, value: Any) -> None:
    navigation = bindable(resource, kind)[name]
    path = BY_KEY[str(navigation.bound)].path
    links = [f"{GRAPH}/{path}('{each['id']}')" for each in (value if isinstance(value, list) else [value]) if each]
    if links:
        body[f"{name}@odata.bind"] = links[0] if navigation.single else links


def _special(resource: Resource, document: Document, body: dict[str, Any]) -> dict[str, Any]:
    if resource.key == "conditionalAccessPolicies" and body["grantControls"]["authenticationStrength"]:
        body["grantControls"]["authenticationStrength"] = {"id": body["grantControls"]["authenticationStrength"]["id"]}
    if resource.key == "authenticationContextClassReferences":
        body["id"] = f"c{int(document['id'][1:]) + 20}"
    return body
