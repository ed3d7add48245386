"""As much is asked at once as Graph's answers allow, and no more in twenty seconds than it documents (R60)."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from ops_admin.graph.batches import BatchRequest
from ops_admin.graph.errors import GraphError
from ops_admin.graph.settings import TrafficLimits
from ops_admin.graph.traffic import Load, Traffic, load_of, load_of_batch
from tests.graph.scripted import Reply, ScriptedServer, Seen, Waits, make_client, make_error

READ = Load("intune")
WRITE = Load("intune", writes=1)


class Clock:
    """A clock that moves only by waiting."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def send(traffic: Traffic, clock: Clock, load: Load = READ, seconds: float = 0.1) -> float:
    """Send one request that is answered after `seconds`; returns when it was sent."""
    with traffic.turn(load, clock.wait):
        began = clock.now
        clock.wait(seconds)
    return began


def test_more_is_asked_at_once_as_long_as_answers_come_quickly(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(most_at_once=6), clock)
    before = traffic.at_once

    for _ in range(30):
        send(traffic, clock)

    assert (before, traffic.at_once) == (4, 6)


def test_a_refusal_halves_what_is_asked_at_once(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(), clock)

    traffic.slow_down(READ, clock.now, None)

    assert traffic.at_once == 2


def test_refusals_of_what_was_under_way_halve_it_only_once(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(), clock)
    began = clock.now
    clock.wait(0.3)

    for _ in range(4):
        traffic.slow_down(READ, began, None)

    assert traffic.at_once == 2


def test_answers_that_take_much_longer_than_before_halve_it(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(), clock)
    for _ in range(60):
        send(traffic, clock)
    before = traffic.at_once

    for _ in range(3):
        send(traffic, clock, seconds=5)

    assert (before, traffic.at_once) == (8, 4)


def test_a_large_batch_is_not_compared_with_a_single_request(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(most_at_once=4), clock)
    for _ in range(10):
        send(traffic, clock, seconds=0.05)
        send(traffic, clock, Load("intune", 20), seconds=3)

    assert traffic.at_once == 4


@pytest.mark.parametrize("allowed", [1, 3])
def test_no_more_are_in_flight_than_allowed(allowed: int) -> None:
    traffic = Traffic(TrafficLimits(most_at_once=allowed))
    most, now = [0], [0]
    lock = threading.Lock()

    def ask() -> None:
        with traffic.turn(READ, time.sleep):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.02)
            with lock:
                now[0] -= 1

    with _threads(12, ask):
        pass

    assert most[0] == allowed


@contextmanager
def _threads(number: int, work: Callable[[], object]) -> Iterator[None]:
    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


def test_who_waits_for_a_turn_hears_a_stop() -> None:
    traffic = Traffic(TrafficLimits(most_at_once=1))

    def stop(_seconds: float) -> None:
        raise InterruptedError

    with ExitStack() as stack:
        stack.enter_context(traffic.turn(READ, time.sleep))
        with pytest.raises(InterruptedError), traffic.turn(READ, stop):
            pytest.fail("its turn has not come")
    with traffic.turn(READ, stop):
        pass


def test_reads_are_paced_once_one_was_refused(clock: Clock) -> None:
    limits = TrafficLimits(requests=10)
    traffic = Traffic(limits, clock)
    sent = [send(traffic, clock) for _ in range(15)]
    assert sent[-1] - sent[0] < 2

    traffic.slow_down(READ, clock.now, None)
    sent += [send(traffic, clock) for _ in range(40)]

    late = sent[15:]
    assert all(later - earlier >= limits.seconds for earlier, later in zip(late, late[10:], strict=False))
    assert late[-1] - late[0] < 4 * limits.seconds


def test_pacing_ends_when_graph_refuses_nothing_for_a_while(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(requests=2), clock)
    traffic.slow_down(READ, clock.now, None)
    clock.wait(601)

    sent = [send(traffic, clock) for _ in range(10)]

    assert sent[-1] - sent[0] < 2


def test_reads_are_paced_from_the_start_if_set_so(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(requests=5, paced_from_start=True), clock)

    sent = [send(traffic, clock) for _ in range(6)]

    assert sent[5] - sent[0] >= 20


def test_writes_have_a_smaller_allowance(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(writes=5, paced_from_start=True), clock)
    for _ in range(50):
        send(traffic, clock)

    sent = [send(traffic, clock, WRITE) for _ in range(6)]

    assert sent[5] - sent[0] >= 20


def test_inner_requests_of_a_batch_count_one_by_one(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(requests=50, paced_from_start=True), clock)

    sent = [send(traffic, clock, Load("intune", 20)) for _ in range(3)]

    assert sent[1] - sent[0] < 1
    assert sent[2] - sent[0] >= 20


def test_what_exceeds_the_whole_allowance_is_sent_by_itself(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(requests=5, paced_from_start=True), clock)
    send(traffic, clock)

    assert send(traffic, clock, Load("intune", 20)) - 100 >= 20


def test_other_services_have_limits_of_their_own(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(requests=1, writes=1, paced_from_start=True), clock)

    sent = [send(traffic, clock, Load("groups", writes=1)) for _ in range(5)]

    assert sent[-1] - sent[0] < 2


def test_others_wait_as_long_as_graph_asked_one_to(clock: Clock) -> None:
    traffic = Traffic(TrafficLimits(), clock)
    begin = clock.now
    refused = threading.Thread(target=traffic.slow_down, args=(READ, begin, 7))
    refused.start()
    refused.join()

    assert send(traffic, clock, Load("groups")) - begin == 0
    assert send(traffic, clock) - begin >= 7


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/beta/deviceManagement/intents?$top=5", "intune"),
        ("/beta/deviceAppManagement/mobileApps", "intune"),
        ("/beta/groups", "groups"),
        ("/v1.0/identity/conditionalAccess/policies/x", "access"),
    ],
)
def test_the_service_follows_from_the_path(path: str, service: str) -> None:
    inner: dict[str, object] = {"method": "PATCH", "url": path.partition("/beta")[2] or path.partition("/v1.0")[2]}

    assert load_of("GET", f"https://graph.example{path}") == Load(service)
    assert load_of_batch([inner, inner]) == Load(service, 2, 2)


def test_a_refused_inner_request_slows_down_the_tenant(server: ScriptedServer, waits: Waits) -> None:
    def script(seen: Seen) -> Reply:
        status = 429 if len(server.seen) == 1 else 200
        ids = [request["id"] for request in seen.json()["requests"]]
        return Reply(body={"responses": [{"id": each, "status": status, "body": {}} for each in ids]})

    server.script = script
    client = make_client(server.url, waits)
    before = client._traffic.at_once

    list(client.batch([BatchRequest("0", "deviceManagement/intents")]))

    assert (before, client._traffic.at_once) == (4, 2)


def test_a_refused_request_slows_down_every_client_of_the_tenant(server: ScriptedServer, waits: Waits) -> None:
    server.replies = [make_error(429, Retry_After="3"), Reply()]

    make_client(server.url, waits).get("deviceManagement/intents")

    assert make_client(server.url)._traffic.at_once == 2


def test_clients_of_several_threads_share_patience_and_not_connections(server: ScriptedServer, waits: Waits) -> None:
    server.replies = [make_error(503)]
    client = make_client(server.url, waits)
    other = client.beside(wait=waits)

    with pytest.raises(GraphError):
        client.get("groups")
    first = len(server.seen)
    with pytest.raises(GraphError):
        other.get("groups")

    assert (first, len(server.seen) - first) == (4, 2)
    assert client._transport is not other._transport
