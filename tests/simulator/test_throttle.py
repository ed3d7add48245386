"""The documented limits, when they are switched on."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from ops_admin.simulator.throttle import Bucket, Limits
from tests.simulator.service import Service, nested

WRITES = "/deviceManagement/deviceConfigurations"
SHARED = {"@odata.type": "#microsoft.graph.sharedPCConfiguration", "displayName": "x"}
NARROW = {"writes_per_app": 2, "writes_per_tenant": 3, "requests_per_app": 20, "requests_per_tenant": 25, "window": 600}


def limit(service: Service, **changes: Any) -> None:
    service.control("PUT", "/settings", {"limits": {**NARROW, **changes}})


def write(service: Service) -> int:
    return service.send("POST", WRITES, json=SHARED).status_code


def test_nothing_is_limited_unless_asked(service: Service) -> None:
    assert service.control("GET", "/settings")["limits"] is None


def test_the_defaults_are_the_documented_ones() -> None:
    limits = Limits()
    assert (limits.writes_per_tenant, limits.writes_per_app, limits.window) == (200, 100, 20.0)
    assert (limits.requests_per_tenant, limits.requests_per_app) == (2000, 1000)


def test_an_application_has_a_share_of_the_tenants_writes(service: Service) -> None:
    limit(service)
    other = service.as_tenant(service.tenant, client_id="other")
    assert [write(service) for _ in range(3)] == [201, 201, 429]
    assert [write(other) for _ in range(2)] == [201, 429]


def test_reads_are_limited_too_and_one_tenants_do_not_hinder_another(service: Service) -> None:
    limit(service, requests_per_app=3)
    fabrikam = service.as_tenant("fabrikam.onmicrosoft.com")
    assert [service.get(WRITES).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert fabrikam.get(WRITES).status_code == 200


def test_intune_often_does_not_tell_the_wait(service: Service) -> None:
    limit(service, requests_per_app=1, retry_after="sometimes")
    service.get(WRITES)
    waits = ["Retry-After" in service.get(WRITES).headers for _ in range(9)]
    assert waits.count(True) == 3


def test_inner_requests_of_a_batch_are_counted(service: Service) -> None:
    limit(service, requests_per_app=5)
    inner = [{"id": str(number), "method": "GET", "url": WRITES} for number in range(8)]
    statuses = [response["status"] for response in service.batch(*inner).json()["responses"]]
    assert (statuses.count(200), statuses.count(429)) == (5, 3)


@pytest.mark.parametrize("style", ["seconds", "date", "none"])
def test_the_wait_is_told_in_seconds_as_a_date_or_not_at_all(service: Service, style: str) -> None:
    limit(service, requests_per_app=1, retry_after=style)
    service.get(WRITES)
    answer = service.get(WRITES)
    told = answer.headers.get("Retry-After")
    assert nested(answer)["RetryAfter"] == told
    if style == "seconds":
        assert told is not None
        assert 0 < int(told) <= 600
    elif style == "date":
        assert told is not None
        assert parsedate_to_datetime(told).tzinfo is not None
    else:
        assert told is None


def test_conditional_access_takes_one_a_second_and_never_tells_the_wait(service: Service) -> None:
    limit(service, conditional_access_window=60)
    answers = [service.get("/identity/conditionalAccess/policies") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert "Retry-After" not in answers[1].headers


def test_groups_have_a_bucket_of_their_own(service: Service) -> None:
    limit(service, groups=1, groups_window=60)
    assert [service.get("/groups").status_code for _ in range(2)] == [200, 429]
    assert service.get(WRITES).status_code == 200


def test_unknown_limits_are_refused(service: Service) -> None:
    answer = service.http.put(f"{service.origin}/_sim/settings", json={"limits": {"speed": 1}}, timeout=5)
    assert (answer.status_code, "speed" in answer.json()["error"]) == (400, True)


def test_a_bucket_fills_up_again() -> None:
    bucket = Bucket(capacity=2, window=10)
    bucket.take()
    bucket.take()
    assert 0 < bucket.wait() <= 5
    bucket.filled_at -= 5
    assert bucket.wait() == 0
