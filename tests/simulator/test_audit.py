"""Whatever is done in a tenant stands in its log, with who did it."""

from datetime import UTC, datetime
from typing import Any

from ops_admin.simulator.demo import FABRIKAM
from tests.simulator.service import Service

EVENTS = "/deviceManagement/auditEvents"
CATEGORIES = "/deviceManagement/deviceCategories"


def newest(service: Service, since: str) -> list[dict[str, Any]]:
    return service.rows(f"{EVENTS}?$filter=activityDateTime ge {since}&$orderby=activityDateTime")


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_each_write_is_an_event(service: Service) -> None:
    since = now()
    made = service.send("POST", CATEGORIES, json={"displayName": "Werkstatt"}).json()["id"]
    service.send("PATCH", f"{CATEGORIES}/{made}", json={"displayName": "Werkstätten"})
    service.send("DELETE", f"{CATEGORIES}/{made}")
    service.send("PATCH", f"{CATEGORIES}/{made}", json={"displayName": "gone"})
    events = newest(service, since)
    assert [event["activityOperationType"] for event in events] == ["Create", "Patch", "Delete"]
    assert {event["resources"][0]["resourceId"] for event in events} == {made}
    assert {(event["actor"]["auditActorType"], event["actor"]["applicationId"]) for event in events} == {
        ("Application", "console")
    }
    (change,) = events[1]["resources"][0]["modifiedProperties"]
    assert change == {"displayName": "displayName", "oldValue": "Werkstatt", "newValue": "Werkstätten"}
    assert service.get(f"{EVENTS}/{events[0]['id']}").json()["displayName"] == "Create DeviceCategory"


def test_an_action_is_an_event_too(service: Service) -> None:
    policy = service.rows("/deviceManagement/deviceConfigurations")[0]["id"]
    since = now()
    service.send("POST", f"/deviceManagement/deviceConfigurations/{policy}/assign", json={"assignments": []})
    (event,) = newest(service, since)
    assert (event["displayName"], event["activityOperationType"]) == ("assign DeviceConfiguration", "Action")


def test_a_change_past_graph_was_made_by_a_person(service: Service) -> None:
    people = service.control("GET", f"/tenants/{service.tenant}/people")["value"]
    document = service.control("GET", f"/tenants/{service.tenant}/deviceCategories")["value"][0]
    path = f"/tenants/{service.tenant}/deviceCategories/{document['id']}"
    since = now()
    service.control("PATCH", path, {"displayName": "Office"})
    service.control("DELETE", f"{path}?by={people[1]['id']}")
    events = newest(service, since)
    assert [event["actor"]["userPrincipalName"] for event in events] == [
        people[0]["user_principal_name"],
        people[1]["user_principal_name"],
    ]
    assert events[0]["actor"]["auditActorType"] == "ItPro"


def test_the_past_is_in_the_log(service: Service) -> None:
    policy = service.rows("/deviceManagement/configurationPolicies")[0]
    events = [e for e in service.rows(f"{EVENTS}?$top=999") if e["resources"][0]["resourceId"] == policy["id"]]
    assert [event["activityDateTime"] for event in events] == [policy["lastModifiedDateTime"]]


def test_each_tenant_has_its_own_log_and_nobody_writes_into_it(service: Service) -> None:
    since = now()
    service.send("POST", CATEGORIES, json={"displayName": "x"})
    assert newest(service.as_tenant(FABRIKAM), since) == []
    event = service.rows(EVENTS)[0]["id"]
    assert service.send("DELETE", f"{EVENTS}/{event}").status_code == 405
    assert service.send("POST", EVENTS, json={}).status_code == 405


def test_conditional_access_is_not_logged_by_intune(service: Service) -> None:
    since = now()
    policy = service.rows("/identity/conditionalAccess/policies")[0]["id"]
    service.send("PATCH", f"/identity/conditionalAccess/policies/{policy}", json={"state": "disabled"})
    assert newest(service, since) == []
