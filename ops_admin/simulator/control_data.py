"""Control API: read, change, add and remove the tenants' documents, bypassing Graph.

Changes are logged as those of a person in the portal. `?by=<person id>` names another person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from ops_admin.simulator import auditing
from ops_admin.simulator.documents import prepare, revised
from ops_admin.simulator.generate import generated_configuration, generated_group, generated_policy
from ops_admin.simulator.people import Person
from ops_admin.simulator.pipeline import Pipeline
from ops_admin.simulator.resources import BY_KEY
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

MAKERS = ("configurationPolicies", "deviceConfigurations", "groups")


def data_routes(control: Blueprint, pipeline: Pipeline) -> None:
    """Add the routes under `/tenants/<id>/<type key>`. Groups are a type like any other."""
    _tenant_routes(control, pipeline)
    _people_routes(control, pipeline)
    _document_routes(control, pipeline)
    _change_routes(control, pipeline)


def _tenant_routes(control: Blueprint, pipeline: Pipeline) -> None:
    @control.post("/tenants")
    def add_tenant() -> ResponseReturnValue:
        values = request.get_json()
        name = str(values.get("display_name", "Another tenant"))
        tenant = Tenant(values["id"], name, str(values.get("domain", f"{values['id'][:8]}.onmicrosoft.com")))
        pipeline.store.add(tenant)
        return jsonify(id=tenant.id), 201

    @control.get("/tenants/<tenant_id>/<key>")
    def documents(tenant_id: str, key: str) -> ResponseReturnValue:
        with pipeline.store.lock:
            return jsonify(value=list(_tenant(pipeline, tenant_id).documents(BY_KEY[key]).values()))

    @control.post("/tenants/<tenant_id>/<key>")
    def add(tenant_id: str, key: str) -> ResponseReturnValue:
        """Add a document, or `{"value": [...]}` of several, as they are."""
        values = request.get_json()
        with _changing(pipeline, tenant_id) as tenant:
            return jsonify(value=tenant.add(_known(key), values.get("value", [values]))), 201

    @control.post("/tenants/<tenant_id>/<key>/generate")
    def generate(tenant_id: str, key: str) -> ResponseReturnValue:
        """Add `count` generated documents, each with `settings` settings where the type has them."""
        values = request.get_json()
        with _changing(pipeline, tenant_id) as tenant:
            first = len(tenant.collection(_known(key)))
            made = [_made(key, first + i, int(values.get("settings", 3))) for i in range(int(values["count"]))]
            return jsonify(ids=[document["id"] for document in tenant.add(key, made)]), 201


def _people_routes(control: Blueprint, pipeline: Pipeline) -> None:
    @control.get("/tenants/<tenant_id>/people")
    def people(tenant_id: str) -> ResponseReturnValue:
        with pipeline.store.lock:
            return jsonify(value=[vars(person) for person in _tenant(pipeline, tenant_id).people.values()])

    @control.put("/tenants/<tenant_id>/people/<person_id>")
    def put_person(tenant_id: str, person_id: str) -> ResponseReturnValue:
        """Add a person, or change the `display_name`, `user_principal_name` or `groups` (ids) of an existing one."""
        with pipeline.store.lock:
            known = _tenant(pipeline, tenant_id).people
            was = vars(known[person_id]) if person_id in known else {}
            known[person_id] = Person(**{**was, **request.get_json(), "id": person_id})
            return jsonify(vars(known[person_id]))

    @control.delete("/tenants/<tenant_id>/people/<person_id>")
    def remove_person(tenant_id: str, person_id: str) -> ResponseReturnValue:
        with pipeline.store.lock:
            del _tenant(pipeline, tenant_id).people[person_id]
        return jsonify(removed=person_id)


def _document_routes(control: Blueprint, pipeline: Pipeline) -> None:
    @control.get("/tenants/<tenant_id>/<key>/<item_id>")
    def document(tenant_id: str, key: str, item_id: str) -> ResponseReturnValue:
        with pipeline.store.lock:
            return jsonify(_tenant(pipeline, tenant_id).documents(BY_KEY[key])[item_id])

    @control.delete("/tenants/<tenant_id>/<key>/<item_id>")
    def remove(tenant_id: str, key: str, item_id: str) -> ResponseReturnValue:
        with _changing(pipeline, tenant_id) as tenant:
            tenant.remove(BY_KEY[key], item_id)
        return jsonify(removed=item_id)

    @control.delete("/tenants/<tenant_id>/<key>")
    def clear(tenant_id: str, key: str) -> ResponseReturnValue:
        with _changing(pipeline, tenant_id) as tenant:
            ids = list(tenant.collection(_known(key)))
            for item_id in ids:
                tenant.remove(BY_KEY[key], item_id)
        return jsonify(removed=len(ids))


def _change_routes(control: Blueprint, pipeline: Pipeline) -> None:
    @control.patch("/tenants/<tenant_id>/<key>/<item_id>")
    def merge(tenant_id: str, key: str, item_id: str) -> ResponseReturnValue:
        """Replace properties, including sub-resources. Timestamps and versions advance as after a write."""
        with _changing(pipeline, tenant_id) as tenant:
            changed = {**tenant.collection(_known(key))[item_id], **request.get_json()}
            prepared = prepare(BY_KEY[key], changed, tenant.definitions())
            return jsonify(tenant.replace(BY_KEY[key], revised(BY_KEY[key], prepared)))

    @control.post("/tenants/<tenant_id>/<key>/<item_id>/set")
    def set_value(tenant_id: str, key: str, item_id: str) -> ResponseReturnValue:
        """Replace one nested value: `pointer` (RFC 6901, e.g. `/settings/0/settingInstance/…`) and `value`."""
        values = request.get_json()
        with _changing(pipeline, tenant_id) as tenant:
            current = tenant.collection(_known(key))[item_id]
            changed = _with_value(current, _steps(values["pointer"]), values["value"])
            return jsonify(tenant.replace(BY_KEY[key], revised(BY_KEY[key], changed)))


def _tenant(pipeline: Pipeline, tenant_id: str) -> Tenant:
    return pipeline.store.tenants[tenant_id]


@contextmanager
def _changing(pipeline: Pipeline, tenant_id: str) -> Iterator[Tenant]:
    """Yield the tenant. The changes made to it are logged under a person's name."""
    with pipeline.store.lock:
        tenant = _tenant(pipeline, tenant_id)
        tenant.changes.clear()
        yield tenant
        by = request.args.get("by")
        who = tenant.people[by] if by else next(iter(tenant.people.values()), None)
        auditing.record(tenant, auditing.person(who) if who else auditing.application("portal"))


def _known(key: str) -> str:
    return BY_KEY[key].key


def _made(key: str, number: int, settings: int) -> Document:
    if key == "configurationPolicies":
        return generated_policy(number, settings)
    if key == "deviceConfigurations":
        return generated_configuration(number)
    if key == "groups":
        return generated_group(number)
    raise ValueError(f"{key} cannot be generated; {', '.join(MAKERS)} can")


def _steps(pointer: str) -> list[str]:
    if not pointer.startswith("/"):
        raise ValueError(f"'{pointer}' is not a JSON pointer")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def _with_value(node: Any, steps: list[str], value: Any) -> Any:
    """Return a copy of the node with one value replaced. Everything off the path is shared."""
    if not steps:
        return value
    if isinstance(node, list):
        position = int(steps[0])
        return [*node[:position], _with_value(node[position], steps[1:], value), *node[position + 1 :]]
    if steps[0] not in node and len(steps) > 1:
        raise KeyError(steps[0])
    return {**node, steps[0]: _with_value(node.get(steps[0]), steps[1:], value)}
