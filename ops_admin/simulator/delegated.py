"""What Graph serves for a person's token: `/me`, memberships, and groups according to the scopes."""

from __future__ import annotations

from ops_admin.simulator import paging
from ops_admin.simulator.errors import GraphError, item_missing, unknown_segment
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.people import Person, all_groups_of
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant
from ops_admin.simulator.tokens import Claims

READS_GROUPS = frozenset({"Group.Read.All", "Group.ReadWrite.All", "GroupMember.Read.All", "Directory.Read.All"})
READS_ME = READS_GROUPS | {"User.Read"}


def is_about_me(call: Call) -> bool:
    """Whether the path begins with `/me`."""
    return call.segments[:1] == ("me",)


def check(call: Call, claims: Claims) -> None:
    """Raise Graph's error for an application that requests `/me`, or for a person without the scope."""
    if "scp" not in claims:
        if is_about_me(call):
            text = "/me request is only valid with delegated authentication flow."
            raise GraphError(400, "BadRequest", text)
        return
    needed = READS_ME if is_about_me(call) else READS_GROUPS
    path_is_known = is_about_me(call) or call.segments[:1] == ("groups",)
    if call.method != "GET" or not path_is_known or not needed & set(claims["scp"].split()):
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def read_me(call: Call, tenant: Tenant, claims: Claims) -> Answer:
    """`/me`, `/me/memberOf` and `/me/transitiveMemberOf`."""
    person = tenant.people.get(claims["oid"])
    if person is None:
        raise item_missing("users", claims["oid"])
    if len(call.segments) == 1:
        context = f"{call.origin}/{call.version}/$metadata#users/$entity"
        return Answer(200, {"@odata.context": context, **person.card()})
    if len(call.segments) > 2:
        raise unknown_segment(call.segments[2])
    return _memberships(call, tenant, person)


def _memberships(call: Call, tenant: Tenant, person: Person) -> Answer:
    if call.segments[1] == "memberOf":
        ids = person.groups
    elif call.segments[1] == "transitiveMemberOf":
        ids = all_groups_of(person, tenant.parents)
    else:
        raise unknown_segment(call.segments[1])
    page = paging.cut_page([_row(tenant, group_id) for group_id in ids], call, default=100, most=999)
    body: Document = {"@odata.context": f"{call.origin}/{call.version}/$metadata#directoryObjects", "value": page.rows}
    if page.next_offset is not None:
        body["@odata.nextLink"] = paging.next_link(call, page.next_offset)
    return Answer(200, body)


def _row(tenant: Tenant, group_id: str) -> Document:
    """With only `User.Read`, a group shows its type and id; everything else is null."""
    group = tenant.collection("groups").get(group_id, {})
    return {"@odata.type": "#microsoft.graph.group", "id": group_id, "displayName": group.get("displayName")}
