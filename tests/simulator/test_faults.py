"""Faults that can be set while the service runs."""

import json
import threading
import time
from typing import Any

import pytest
import requests

from tests.simulator.service import Service, nested

GROUPS = "/groups"
CONFIGURATIONS = "/deviceManagement/deviceConfigurations"
SHARED = {"@odata.type": "#microsoft.graph.sharedPCConfiguration", "displayName": "Made"}


def names(service: Service) -> list[str]:
    return [row["displayName"] for row in service.rows(CONFIGURATIONS)]


def test_a_rule_strikes_so_often_after_so_many(service: Service) -> None:
    service.fault("status", "/groups", skip=1, times=2)
    assert [service.get(GROUPS).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert service.control("GET", "/faults")["faults"][0]["struck"] == 2


def test_a_rule_names_its_requests(service: Service) -> None:
    service.fault("status", r"deviceConfigurations\?", method="get", tenant=service.tenant)
    assert service.get(f"{CONFIGURATIONS}?$top=1").status_code == 500
    assert service.get(CONFIGURATIONS).status_code == 200
    assert service.as_tenant("fabrikam.onmicrosoft.com").get(f"{CONFIGURATIONS}?$top=1").status_code == 200


def test_chance_can_be_repeated(service: Service) -> None:
    def series() -> list[int]:
        rule = service.fault("status", "/groups", probability=0.5, seed=7)
        answers = [service.get("/groups?$top=1").status_code for _ in range(12)]
        service.control("DELETE", f"/faults/{rule['id']}")
        return answers

    first = series()
    assert first == series()
    assert set(first) == {200, 500}


def test_a_lifted_rule_strikes_no_more(service: Service) -> None:
    service.fault("status", "/groups")
    service.control("DELETE", "/faults")
    assert service.get(GROUPS).status_code == 200


def test_an_unknown_effect_or_field_is_refused(service: Service) -> None:
    for rule in ({"effect": "explode"}, {"effect": "html", "often": True}, {"effect": "html", "path": "("}):
        assert requests.post(f"{service.origin}/_sim/faults", json=rule, timeout=5).status_code == 400


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 429, 500, 502, 503, 504])
def test_any_error_in_the_envelope(service: Service, status: int) -> None:
    service.fault("status", "/groups", options={"status": status, "inner_key": "innererror"})
    answer = service.get(GROUPS)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "innererror"}


@pytest.mark.parametrize(("style", "told"), [("seconds", "7"), ("date", "GMT"), ("none", None)])
def test_throttling_with_and_without_a_wait(service: Service, style: str, told: str | None) -> None:
    options = {"status": 429, "retry_after": 7, "retry_after_style": style}
    service.fault("status", "/groups", options=options)
    header = service.get(GROUPS).headers.get("Retry-After")
    assert header is None if told is None else told in str(header)


@pytest.mark.parametrize("depth", [1, 2])
def test_intune_hides_json_in_the_message(service: Service, depth: int) -> None:
    service.fault("status", "/groups", options={"message": "Because", "nested": depth})
    hidden = nested(service.get(GROUPS))
    if depth == 2:
        hidden = json.loads(hidden["error"]["message"])
    assert hidden["Message"].startswith("Because")


@pytest.mark.parametrize("status", [400, 403])
def test_approval_is_demanded_for_writes_only(service: Service, status: int) -> None:
    service.fault("approval", options={"status": status})
    refused = service.send("POST", CONFIGURATIONS, json=SHARED)
    justified = service.send("POST", CONFIGURATIONS, json=SHARED, headers={"x-msft-approval-justification": "CHG-1"})
    assert service.get(CONFIGURATIONS).status_code == 200
    assert (refused.status_code, justified.status_code) == (status, 201)
    assert "x-msft-approval-justification" in nested(refused)["Message"]


def test_a_token_can_be_rejected_once(service: Service) -> None:
    service.fault("reject_token", times=1)
    assert [service.get(GROUPS).status_code for _ in range(2)] == [401, 200]


def test_the_login_service_can_fail_too(service: Service) -> None:
    service.fault("status", "/oauth2/v2.0/token", options={"status": 503})
    assert service.ask_token().status_code == 503


def test_html_instead_of_json(service: Service) -> None:
    service.fault("html", "/groups", options={"status": 502})
    answer = service.get(GROUPS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")


def test_json_that_ends_in_the_middle(service: Service) -> None:
    service.fault("truncated", "/groups")
    answer = service.get(GROUPS)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("list", list),
        ("text", str),
        ("null", type(None)),
        ("no_value", dict),
        ("value_object", dict),
        ("value_null", dict),
        ("rows_of_text", dict),
    ],
)
def test_json_of_another_shape(service: Service, shape: str, expected: type[Any]) -> None:
    service.fault("wrong_shape", "/groups", options={"shape": shape})
    body = service.get(GROUPS).json()
    assert isinstance(body, expected)
    if isinstance(body, dict):
        assert not (isinstance(body.get("value"), list) and isinstance(body["value"][0], dict))


def test_a_link_to_another_host(service: Service) -> None:
    service.fault("foreign_next", "/groups", options={"host": "https://elsewhere.example"})
    assert service.get("/groups").json()["@odata.nextLink"].startswith("https://elsewhere.example/beta/groups?")


def test_links_without_end_are_all_different(service: Service) -> None:
    service.fault("endless_next", "/groups")
    links = [page["@odata.nextLink"] for page, _ in zip(service.pages("/groups?$top=5"), range(10), strict=False)]
    assert len(set(links)) == 10


def test_empty_pages_stand_between_the_real_ones(service: Service) -> None:
    expected = [row["id"] for row in service.rows("/groups?$top=50")]
    service.fault("empty_page", "/groups")
    sizes = [len(page["value"]) for page in service.pages("/groups?$top=50")]
    assert sizes == [0, 50, 0, 50, 0, len(expected) - 100]
    assert [row["id"] for row in service.rows("/groups?$top=50")] == expected


def test_a_policy_without_a_name(service: Service) -> None:
    service.fault("nameless", "deviceConfigurations", options={"index": 1})
    rows = service.get(CONFIGURATIONS).json()["value"]
    assert ["displayName" in row for row in rows][:3] == [True, False, True]
    assert all(
        row["displayName"] for row in service.control("GET", f"/tenants/{service.tenant}/deviceConfigurations")["value"]
    )


def test_megabytes_of_settings(service: Service) -> None:
    policy = service.rows("/deviceManagement/configurationPolicies")[0]
    service.fault("heavy_settings", "/settings$", options={"megabytes": 2})
    answer = service.get(f"/deviceManagement/configurationPolicies/{policy['id']}/settings")
    assert len(answer.content) > 2 * 1024 * 1024
    assert len(answer.json()["value"]) == 32


def test_a_broken_connection(service: Service) -> None:
    service.fault("drop", "/groups", times=1)
    with pytest.raises(requests.ConnectionError):
        service.get(GROUPS)
    assert service.get(GROUPS).status_code == 200


def test_a_connection_that_breaks_in_the_middle_of_the_body(service: Service) -> None:
    service.fault("drop", "/groups", options={"sent": 100})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        service.get(GROUPS)


def test_a_lost_answer_of_work_that_was_done(service: Service) -> None:
    service.fault("drop", method="POST", path="deviceConfigurations", options={"performed": True}, times=1)
    with pytest.raises(requests.ConnectionError):
        service.send("POST", CONFIGURATIONS, json=SHARED)
    service.fault("status", method="POST", path="deviceConfigurations", options={"status": 504, "performed": True})
    assert service.send("POST", CONFIGURATIONS, json=SHARED).status_code == 504
    assert names(service).count("Made") == 2


def test_a_request_hangs_until_its_rule_is_lifted(service: Service) -> None:
    rule = service.fault("hang", "/groups", options={"seconds": 60})
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(service.as_tenant(service.tenant).get(GROUPS).status_code))
    waiting.start()
    assert service.get("/organization").status_code == 200
    while not service.control("GET", "/faults")["faults"][0]["struck"]:
        time.sleep(0.01)
    service.control("DELETE", f"/faults/{rule['id']}")
    waiting.join(timeout=10)
    assert answers == [200]


def test_faults_strike_inside_a_batch(service: Service) -> None:
    service.fault("html", "/organization")
    inner = [{"id": "1", "method": "GET", "url": "/organization"}, {"id": "2", "method": "GET", "url": "/groups"}]
    bodies = {part["id"]: part["body"] for part in service.batch(*inner).json()["responses"]}
    assert bodies["1"].startswith("<!DOCTYPE html>")
    assert bodies["2"]["value"]


def test_rules_work_together(service: Service) -> None:
    service.fault("empty_page", "/groups")
    service.fault("nameless", "/groups")
    pages = list(service.pages("/groups?$top=200"))
    assert pages[0]["value"] == []
    assert "displayName" not in pages[1]["value"][0]
