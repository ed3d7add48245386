"""Reads and writes links from one policy to others, such as a Wi-Fi profile to its certificates.

Graph returns a link only if `$expand` names it, and takes it only as `@odata.bind` or `$ref`, never as an object.
"""

from collections.abc import Iterable, Mapping

from ops_admin.graph.addresses import path_of
from ops_admin.graph.batches import BatchRequest
from ops_admin.graph.client import GraphClient
from ops_admin.graph.drafts import Draft
from ops_admin.graph.errors import BAD_REQUEST
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.transport import JSONObject
from ops_admin.references.link_kinds import Links, linked_ids, links_of

_BIND = "@odata.bind"
_KEPT = ("@odata.type", "id", "displayName")


def read_links(client: GraphClient, policy_type: PolicyType, drafts: Iterable[Draft]) -> None:
    """Add to each draft what it is linked to: kind, id and name.

    A draft whose links cannot be read gets the error, except where Graph does not know the links. Links that came with
    the policy, because its type expands them, are not read again.
    """
    linked = [
        (draft, links)
        for draft in drafts
        if not draft.error
        and (links := links_of(policy_type.key, draft.content)).targets
        and policy_type.expand not in links.targets
    ]
    requests = (
        BatchRequest(str(number), draft.path, params=_params(links)) for number, (draft, links) in enumerate(linked)
    )
    for (draft, links), response in zip(linked, client.batch(requests, version=policy_type.version), strict=True):
        if response.error is not None and response.error.code == BAD_REQUEST:
            continue
        with draft.attempt():
            found = response.json_object()
            draft.content.update({name: _kept(found[name]) for name in links.targets if found.get(name) is not None})


def bound(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    """Return the body of a create with its links as `@odata.bind`."""
    targets = links_of(policy_type.key, body).targets
    kept = {name: value for name, value in body.items() if name not in targets}
    return kept | {name + _BIND: _addresses(client, targets[name], body[name]) for name in targets if body.get(name)}


def write_links(
    client: GraphClient, policy_type: PolicyType, external_id: str, wanted: JSONObject, live: JSONObject
) -> None:
    """Make the links of an existing policy those of `wanted`. Idempotent; raises GraphError."""
    links = links_of(policy_type.key, wanted)
    for name, target in links.targets.items():
        ids, present = linked_ids(wanted.get(name)), linked_ids(live.get(name))
        if name not in wanted or set(ids) == set(present):
            continue
        cast = (f"microsoft.graph.{links.kind}",) if links.kind else ()
        path = policy_type.item_path(external_id, *cast, name)
        is_list = isinstance(wanted[name], list)
        for each in present if is_list or not ids else ():
            if each not in ids:
                _remove(client, policy_type, f"{path}/{path_of(each)}/$ref" if is_list else f"{path}/$ref")
        for each in ids:
            if each not in present:
                send = client.post if is_list else client.put
                send(f"{path}/$ref", {"@odata.id": f"{client.address(target)}('{each}')"}, version=policy_type.version)


def _remove(client: GraphClient, policy_type: PolicyType, path: str) -> None:
    client.delete(path, version=policy_type.version)


def _params(links: Links) -> Mapping[str, str]:
    return {"$expand": ",".join(f"microsoft.graph.{links.kind}/{name}" for name in links.targets)}


def _kept(value: object) -> object:
    if isinstance(value, list):
        return [_kept(each) for each in value]
    return {name: value[name] for name in _KEPT if name in value} if isinstance(value, dict) else value


def _addresses(client: GraphClient, target: str, value: object) -> str | list[str]:
    addresses = [f"{client.address(target)}('{each}')" for each in linked_ids(value)]
    return addresses if isinstance(value, list) else addresses[0]
