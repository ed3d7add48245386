"""`$batch`: twenty at most, answered each by itself."""

from typing import Any

import pytest

from tests.simulator.service import Service

JSON = {"Content-Type": "application/json"}


def make_get(number: int, url: str = "/groups?$top=1", **fields: Any) -> dict[str, Any]:
    return {"id": str(number), "method": "GET", "url": url, **fields}


def statuses(answer: Any) -> dict[str, int]:
    return {response["id"]: response["status"] for response in answer.json()["responses"]}


def test_twenty_requests_are_answered_in_some_other_order(service: Service) -> None:
    answer = service.batch(*(make_get(number) for number in range(20)))
    ids = [response["id"] for response in answer.json()["responses"]]
    assert sorted(ids, key=int) == [str(number) for number in range(20)]
    assert ids != sorted(ids, key=int)


def test_an_outer_200_proves_nothing(service: Service) -> None:
    answer = service.batch(make_get(1), make_get(2, "/groups/nobody"), make_get(3, "/nowhere"))
    assert answer.status_code == 200
    assert statuses(answer) == {"1": 200, "2": 404, "3": 400}


@pytest.mark.parametrize(
    "inner",
    [
        [make_get(number) for number in range(21)],
        [make_get(1), make_get(1)],
        [{"id": 1, "method": "GET", "url": "/groups"}],
        [{"id": "1", "method": "POST", "url": "/groups", "body": {}}],
        [make_get(1, dependsOn=["7"])],
        [],
    ],
    ids=["too many", "same id", "number as id", "no content type", "unknown dependency", "empty"],
)
def test_a_malformed_batch_is_refused_whole(service: Service, inner: list[dict[str, Any]]) -> None:
    assert service.batch(*inner).status_code == 400


def test_a_failed_dependency_gives_424(service: Service) -> None:
    answer = service.batch(make_get(1, "/nowhere"), make_get(2, dependsOn=["1"]), make_get(3, dependsOn=["2"]))
    assert statuses(answer) == {"1": 400, "2": 424, "3": 424}


def test_inner_requests_are_throttled_each_by_itself(service: Service) -> None:
    service.fault("status", r"\$top=1$", times=2, options={"status": 429, "retry_after": 3})
    answer = service.batch(*(make_get(number) for number in range(5)))
    limited = [response for response in answer.json()["responses"] if response["status"] == 429]
    assert len(limited) == 2
    assert limited[0]["headers"]["Retry-After"] == "3"


def test_inner_writes_are_done(service: Service) -> None:
    body = {"@odata.type": "#microsoft.graph.sharedPCConfiguration", "displayName": "By batch"}
    write = {
        "id": "w",
        "method": "POST",
        "url": "/deviceManagement/deviceConfigurations",
        "headers": JSON,
        "body": body,
    }
    answer = service.batch(write, make_get(2, "/organization", dependsOn=["w"]))
    assert statuses(answer) == {"w": 201, "2": 200}
    assert "By batch" in [row["displayName"] for row in service.rows("/deviceManagement/deviceConfigurations")]


def test_inner_requests_carry_headers_and_pages_of_their_own(service: Service) -> None:
    url = '/groups?$search="displayName:users"&$top=5'
    answer = service.batch(make_get(1, url, headers={"ConsistencyLevel": "eventual"}), make_get(2, url))
    bodies = {response["id"]: response["body"] for response in answer.json()["responses"]}
    assert bodies["1"]["@odata.nextLink"].startswith(f"{service.origin}/beta/groups?")
    assert bodies["2"]["error"]["code"] == "Request_UnsupportedQuery"


def test_a_batch_without_a_token_is_401(service: Service) -> None:
    assert service.batch(make_get(1), Authorization="Bearer x").status_code == 401
