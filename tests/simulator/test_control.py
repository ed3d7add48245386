"""The control API: what a test reads and changes past Graph."""

import time
from typing import Any

from ops_admin.simulator.demo import FABRIKAM
from tests.simulator.service import Service

CATALOG = "configurationPolicies"


def first_policy(service: Service, key: str = CATALOG) -> tuple[str, dict[str, Any]]:
    document = service.control("GET", f"/tenants/{service.tenant}/{key}")["value"][0]
    return f"/tenants/{service.tenant}/{key}/{document['id']}", document


def test_the_log_counts_what_was_asked(service: Service) -> None:
    service.control("DELETE", "/requests")
    service.rows("/groups")
    service.get("/nowhere")
    assert service.control("GET", "/requests?path=^/beta/groups$&method=GET")["count"] == 2
    (entry,) = service.control("GET", "/requests?status=400")["requests"]
    assert (entry["method"], entry["path"], entry["tenant"]) == ("GET", "/beta/nowhere", service.tenant)
    assert service.control("GET", f"/requests?tenant={FABRIKAM}&count=1") == {"count": 0, "requests": []}


def test_the_log_tells_inner_requests_of_a_batch(service: Service) -> None:
    service.control("DELETE", "/requests")
    service.batch({"id": "1", "method": "GET", "url": "/groups"})
    entries = service.control("GET", "/requests")["requests"]
    assert [(entry["path"], entry["inner"]) for entry in entries][-2:] == [
        ("/beta/groups", True),
        ("/beta/$batch", False),
    ]


def test_the_log_shows_what_writes_carried_if_asked(service: Service) -> None:
    service.control("DELETE", "/requests")
    body = {"displayName": "Werkstatt"}
    service.send("POST", "/deviceManagement/deviceCategories", json=body)
    service.batch({"id": "1", "method": "DELETE", "url": "/deviceManagement/deviceCategories/x"})
    plain = service.control("GET", "/requests")["requests"]
    shown = service.control("GET", "/requests?bodies=1&method=POST")["requests"]
    assert all("body" not in entry for entry in plain)
    assert [entry["body"] for entry in shown] == [body, None]


def test_a_lenient_tenant_takes_nearly_everything(service: Service) -> None:
    path = "/deviceManagement/deviceConfigurations"
    body = {"@odata.type": "#microsoft.graph.sharedPCConfiguration", "displayName": "x", "colour": "red"}
    assert service.send("POST", path, json=body).status_code == 400
    service.control("PUT", "/settings", {"strict": False})
    assert service.send("POST", path, json=body).status_code == 201


def test_the_control_api_is_not_logged(service: Service) -> None:
    service.control("DELETE", "/requests")
    assert service.control("GET", "/requests")["count"] == 0


def test_latency_is_added_to_each_request(service: Service) -> None:
    service.control("PUT", "/settings", {"latency": 0.2})
    started = time.monotonic()
    service.get("/organization")
    assert time.monotonic() - started >= 0.2


def test_one_value_of_one_policy_can_be_changed(service: Service) -> None:
    path, before = first_policy(service)
    pointer = "/settings/3/settingInstance/choiceSettingValue/value"
    service.control("POST", f"{path}/set", {"pointer": pointer, "value": "changed"})
    settings = service.rows(f"/deviceManagement/{CATALOG}/{before['id']}/settings")
    others = [row for row in settings if row["id"] != "3"]
    assert settings[3]["settingInstance"]["choiceSettingValue"]["value"] == "changed"
    assert others == [row for row in before["settings"] if row["id"] != "3"]
    now = service.get(f"/deviceManagement/{CATALOG}/{before['id']}").json()
    assert now["lastModifiedDateTime"] > before["lastModifiedDateTime"]


def test_a_pointer_to_nowhere_is_refused(service: Service) -> None:
    path, _ = first_policy(service)
    for pointer in ("settings", "/settings/999/id", "/nothing/at/all"):
        answer = service.http.post(f"{service.origin}/_sim{path}/set", json={"pointer": pointer, "value": 1}, timeout=5)
        assert answer.status_code in (400, 404)


def test_properties_can_be_merged(service: Service) -> None:
    path, before = first_policy(service, "deviceConfigurations")
    now = service.control("PATCH", path, {"description": "Changed by hand", "assignments": []})
    assert (now["description"], now["assignments"], now["version"]) == ("Changed by hand", [], before["version"] + 1)


def test_documents_can_be_added_and_removed(service: Service) -> None:
    base = f"/tenants/{FABRIKAM}/groups"
    added = service.control("POST", base, {"displayName": "One more"})["value"][0]
    assert service.control("GET", f"{base}/{added['id']}")["displayName"] == "One more"
    service.control("DELETE", f"{base}/{added['id']}")
    assert service.as_tenant(FABRIKAM).get(f"/groups/{added['id']}").status_code == 404
    assert service.control("DELETE", base)["removed"] > 50
    assert service.as_tenant(FABRIKAM).rows("/groups") == []


def test_policies_and_groups_can_be_generated(service: Service) -> None:
    base = f"/tenants/{FABRIKAM}"
    made = service.control("POST", f"{base}/{CATALOG}/generate", {"count": 3, "settings": 60})["ids"]
    service.control("POST", f"{base}/deviceConfigurations/generate", {"count": 2})
    fabrikam = service.as_tenant(FABRIKAM)
    assert [row["settingCount"] for row in fabrikam.rows(f"/deviceManagement/{CATALOG}")] == [60] * 3
    assert len(fabrikam.rows(f"/deviceManagement/{CATALOG}/{made[0]}/settings")) == 60
    assert len(fabrikam.rows("/deviceManagement/deviceConfigurations")) == 2


def test_a_tenant_can_be_added(service: Service) -> None:
    tenant = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
    service.control("POST", "/tenants", {"id": tenant, "display_name": "Northwind"})
    northwind = service.as_tenant(tenant)
    assert northwind.get("/organization").json()["value"][0]["displayName"] == "Northwind"


def test_reset_brings_everything_back(service: Service) -> None:
    before = service.control("GET", f"/tenants/{service.tenant}/{CATALOG}")
    service.control("DELETE", f"/tenants/{service.tenant}/{CATALOG}")
    service.control("PUT", "/settings", {"latency": 9, "token_lifetime": 5, "limits": {}, "certificates": {"app": []}})
    service.fault("status")
    service.control("POST", "/reset", {})
    assert service.control("GET", f"/tenants/{service.tenant}/{CATALOG}") == before
    assert service.control("GET", "/settings") == {
        "certificates": {},
        "latency": 0,
        "limits": None,
        "refused_secrets": [],
        "strict": True,
        "token_lifetime": 3599,
    }
    assert service.get("/groups").status_code == 200


def test_other_pages_of_a_browser_are_kept_out(service: Service) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    assert service.http.post(f"{service.origin}/_sim/reset", headers=headers, timeout=5).status_code == 403


def test_unknown_tenants_types_and_settings_are_refused(service: Service) -> None:
    for path in (
        "/tenants/nobody/groups",
        f"/tenants/{service.tenant}/nothing",
        f"/tenants/{service.tenant}/groups/none",
    ):
        assert service.http.get(f"{service.origin}/_sim{path}", timeout=5).status_code == 404
    answer = service.http.put(f"{service.origin}/_sim/settings", json={"speed": 1}, timeout=5)
    assert answer.status_code == 400
