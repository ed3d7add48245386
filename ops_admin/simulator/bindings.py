"""`X@odata.bind` and `$ref`: how a write names what a document refers to."""

from __future__ import annotations

from collections.abc import Mapping

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.messages import Call, split_target
from ops_admin.simulator.relations import kind_of, links_of
from ops_admin.simulator.resources import BY_KEY, find_resource
from ops_admin.simulator.schema import load_schema
from ops_admin.simulator.shapes import Document, Navigation, Resource
from ops_admin.simulator.tenants import Tenant

BIND = "@odata.bind"
LINK = "@odata.id"


def with_bindings(tenant: Tenant, resource: Resource, kind: str, body: Document) -> Document:
    """Return the body with ids instead of links. Raises 400 for a link to something this tenant lacks."""
    navigations = bindable(resource, kind)
    content: Document = {}
    for name, value in body.items():
        navigation = navigations.get(name.removesuffix(BIND)) if name.endswith(BIND) else None
        if navigation is None:
            content[name] = value
        else:
            content[name.removesuffix(BIND)] = _bound(tenant, kind, name.removesuffix(BIND), navigation, value)
    return content


def bindable(resource: Resource, kind: str) -> Mapping[str, Navigation]:
    """Return what a document of this type can refer to."""
    own = {name: navigation for name, navigation in resource.navigations.items() if navigation.bound}
    return {**own, **links_of(resource, kind)}


def change_reference(
    call: Call, resource: Resource, current: Document, name: str, tenant: Tenant, target_id: str | None
) -> Document:
    """Return the document after a PUT, POST or DELETE of `…/{name}/$ref`. Raises 400 if it has no such reference.

    `target_id` names the one of several that is to be removed.
    """
    kind = kind_of(resource, current)
    navigation = bindable(resource, kind).get(name)
    if navigation is None:
        raise bad_request(f"The navigation property '{name}' cannot be referenced.")
    if call.method == "DELETE":
        left = [each for each in current.get(name) or [] if each["id"] != target_id] if target_id else []
        return {**current, name: None if navigation.single else left}
    link = call.body.get(LINK) if isinstance(call.body, dict) else None
    target = {"id": _target(tenant, kind, name, navigation, link)}
    return {**current, name: target if navigation.single else [*(current.get(name) or []), target]}


def _bound(tenant: Tenant, kind: str, name: str, navigation: Navigation, value: object) -> object:
    if navigation.single:
        return {"id": _target(tenant, kind, name, navigation, value)}
    rows = value if isinstance(value, list) else [value]
    return [{"id": _target(tenant, kind, name, navigation, each)} for each in rows]


def _target(tenant: Tenant, kind: str, name: str, navigation: Navigation, link: object) -> str:
    """Return the id in a link to an existing object of the right type."""
    target = BY_KEY[str(navigation.bound)]
    item_id = _id_in(link, target)
    held = tenant.documents(target)
    if item_id is None or item_id not in held:
        raise bad_request(f"The entity that '{name}' is bound to does not exist: {link}", intune=True)
    schema = load_schema()
    wanted = schema.properties(kind)[name].kind if kind in schema and name in schema.properties(kind) else target.type
    found = kind_of(target, held[item_id])
    if not schema.is_a(found, wanted) and not schema.is_a(target.type, wanted):
        raise bad_request(f"'{name}' cannot be bound to an entity of type '{found}'.", intune=True)
    return item_id


def _id_in(link: object, target: Resource) -> str | None:
    """Return the id in a relative or absolute link to the collection, or None for a link to another one."""
    path, _query = split_target(str(link))
    parts = [part for part in path.split("/") if part and part not in ("beta", "v1.0")]
    found = find_resource(Call("GET", "/beta/" + "/".join(parts), "").segments)
    if found is None or found[0].key != target.key or len(found[1]) != 1:
        return None
    return found[1][0]
