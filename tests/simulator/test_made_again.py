"""A careful client makes every document of the demo again: what a real tenant takes, the simulated one takes."""

from typing import Any

import pytest

from ops_admin.simulator.demo import tenants
from ops_admin.simulator.resources import RESOURCES
from ops_admin.simulator.shapes import Resource
from ops_admin.simulator.tenants import Tenant
from tests.simulator.rewriting import rewritten
from tests.simulator.service import Service

CONTOSO: Tenant = tenants()[0]
OTHER_WAY = ("groups", "intents")
MADE = [
    pytest.param(resource, document, id=f"{resource.key}-{document.get(resource.name_field)}")
    for resource in RESOURCES
    if not resource.read_only and resource.key not in OTHER_WAY
    for document in CONTOSO.collection(resource.key).values()
]


@pytest.mark.parametrize(("resource", "document"), MADE)
def test_a_document_is_made_again(service: Service, resource: Resource, document: dict[str, Any]) -> None:
    answer = service.send("POST", f"/{resource.path}", json=rewritten(resource, document, CONTOSO.secrets))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["id"] != document["id"]
    assert service.get(f"/{resource.path}/{made['id']}").json()[resource.name_field] == document[resource.name_field]


@pytest.mark.parametrize(("resource", "document"), MADE)
def test_a_document_sent_as_it_was_read_is_refused(
    service: Service, resource: Resource, document: dict[str, Any]
) -> None:
    shown = service.get(f"/{resource.path}/{document['id']}").json()
    assert service.send("POST", f"/{resource.path}", json=shown).status_code in (400, 409)


@pytest.mark.parametrize("resource", [r for r in RESOURCES if not r.read_only], ids=lambda resource: resource.key)
def test_a_description_is_changed_and_the_thing_removed(service: Service, resource: Resource) -> None:
    documents = service.control("GET", f"/tenants/{service.tenant}/{resource.key}")["value"]
    document = next(each for each in reversed(documents) if "_Default" not in each["id"] and not is_fixed(each))
    body = {"@odata.type": document["@odata.type"]} if resource.polymorphic else {}
    field = "profileDescription" if resource.key == "intuneBrandingProfiles" else "description"
    if field not in document:
        field = "displayName"
    path = f"/{resource.path}/{document['id']}"
    answer = service.send("PATCH", path, json={**body, field: "Geändert"})
    assert answer.status_code == (resource.update_status or (200 if resource.is_intune else 204)), answer.text
    assert service.get(path).json()[field] == "Geändert"
    assert service.send("DELETE", path).status_code == 204
    assert service.get(path).status_code == 404


def is_fixed(document: dict[str, Any]) -> bool:
    fixed = ("isBuiltIn", "isDefaultProfile")
    return any(document.get(name) for name in fixed) or document.get("policyType") == "builtIn"
