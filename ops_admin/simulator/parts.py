"""Parts of a document that are written individually: the messages of a notification template, and the
configurations of an authentication strength.
"""

from __future__ import annotations

from ops_admin.simulator import combinations
from ops_admin.simulator.app_locker import FILES, write_file
from ops_admin.simulator.checks import body_of
from ops_admin.simulator.clock import timestamp
from ops_admin.simulator.documents import revised
from ops_admin.simulator.errors import bad_request, item_missing, method_not_allowed
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.refusals import bodies, unchangeable
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant

MESSAGES = "localizedNotificationMessages"
MESSAGE = "localizedNotificationMessage"


def write_part(call: Call, resource: Resource, tenant: Tenant, item_id: str, rest: tuple[str, ...]) -> Answer:
    """POST of a new part, PATCH or DELETE of an existing one. Raises 405 for anything else."""
    if rest[0] in FILES:
        return write_file(call, resource, tenant, item_id, rest)
    if rest[0] == combinations.CONFIGURATIONS and rest[0] in resource.navigations:
        return combinations.write(call, resource, tenant, get_document(resource, tenant, item_id), rest[1:])
    if rest[0] != MESSAGES or MESSAGES not in resource.navigations:
        raise method_not_allowed(call.method)
    current = get_document(resource, tenant, item_id)
    if len(rest) == 1 and call.method == "POST":
        return _add(call, resource, tenant, current)
    if len(rest) == 2 and call.method in ("PATCH", "DELETE"):
        return _change(call, resource, tenant, current, rest[1])
    raise method_not_allowed(call.method)


def _add(call: Call, resource: Resource, tenant: Tenant, current: Document) -> Answer:
    body = body_of(call)
    bodies.check_part(resource, MESSAGE, body)
    locale = str(body.get("locale") or "").lower()
    if not locale or not body.get("subject") or not body.get("messageTemplate"):
        raise bad_request("Locale, subject and messageTemplate are required.", intune=True)
    if any(message["locale"] == locale for message in current[MESSAGES]):
        raise bad_request(f"A message for the locale '{locale}' already exists.", intune=True)
    made = {"id": f"{current['id']}_{locale}", "lastModifiedDateTime": timestamp(), "isDefault": False, **body}
    made["locale"] = locale
    _keep(resource, tenant, current, [*current[MESSAGES], made], made)
    return Answer(200, made)


def _change(call: Call, resource: Resource, tenant: Tenant, current: Document, message_id: str) -> Answer:
    found = next((message for message in current[MESSAGES] if message["id"] == message_id), None)
    if found is None:
        raise item_missing(resource.path, message_id)
    others = [message for message in current[MESSAGES] if message is not found]
    if call.method == "DELETE":
        if found.get("isDefault"):
            raise bad_request("The default message cannot be deleted.", intune=True)
        _keep(resource, tenant, current, others, None)
        return Answer(204)
    body = body_of(call)
    bodies.check_part(resource, MESSAGE, body)
    unchangeable.check_part(MESSAGE, body)
    made = {**found, **body, "lastModifiedDateTime": timestamp()}
    _keep(resource, tenant, current, [*others, made], made)
    return Answer(200, made)


def _keep(
    resource: Resource, tenant: Tenant, current: Document, messages: list[Document], new: Document | None
) -> None:
    """Store the messages. A new default replaces the previous one and sets the template's language."""
    if new is not None and new.get("isDefault"):
        messages = [{**message, "isDefault": message is new} for message in messages]
    default = next((message["locale"] for message in messages if message.get("isDefault")), None)
    tenant.replace(resource, revised(resource, {**current, MESSAGES: messages, "defaultLocale": default}))
