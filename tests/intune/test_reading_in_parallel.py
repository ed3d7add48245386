"""Reading goes on while policies are stored, and ends with whatever ends the run (R60, R44)."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from ops_admin.access.queries import Tenant
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import FORBIDDEN, GraphError
from ops_admin.intune.inventory import operations
from ops_admin.intune.operations.readers import Readers
from ops_admin.runs import service
from ops_admin.runs.handle import ClaimLost, RunHandle, StopRequested
from ops_admin.runs.ledger import Actor
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker import execution
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.synced import policies_of, sync_inventory, versions_of

CATALOG = "configurationPolicies"


@pytest.fixture
def large(tenant: Tenant, simulator: Simulator) -> Tenant:
    """A tenant whose reading takes a while: many chunks, a tenth of a second an answer."""
    simulator.control("POST", f"tenants/{CONTOSO}/{CATALOG}/generate", count=300, settings=1)
    simulator.control("PUT", "settings", latency=0.1)
    return tenant


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("reader-")] == []


def at_the_first_chunk(monkeypatch: pytest.MonkeyPatch, act: Callable[[RunHandle], None]) -> None:
    """Do something in the handler's thread after the first chunk was stored."""
    store = operations._store
    done: list[bool] = []

    def stored(handle: RunHandle, *args: Any) -> str | None:
        code = store(handle, *args)
        if not done:
            done.append(True)
            act(handle)
        return code

    monkeypatch.setattr(operations, "_store", stored)


def asked(simulator: Simulator) -> int:
    number: int = simulator.control("GET", "requests?path=/settings&count=1")["count"]
    return number


def test_types_and_batches_are_asked_for_at_the_same_time(large: Tenant, simulator: Simulator) -> None:
    simulator.control("PUT", "settings", latency=0.4)
    begun = time.monotonic()

    run = sync_inventory(large)

    # Some 15 lists and 20 batches of 0.4 seconds each, one after the other, would take 14 seconds.
    assert run.outcome == Outcome.SUCCEEDED
    assert time.monotonic() - begun < 9


def test_the_same_is_stored_however_many_threads_read(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant)
    stored = {each.external_id: each.content_hash for each in policies_of(tenant)}

    run = sync_inventory(tenant)

    assert run.counts["updated"] == 0
    assert {each.external_id: each.content_hash for each in policies_of(tenant)} == stored
    assert all(len(versions_of(each)) == 1 for each in policies_of(tenant))


def test_a_cancel_ends_the_reading(large: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_admin.runs.handle.SECONDS_BETWEEN_STOP_CHECKS", 0)
    at_the_first_chunk(monkeypatch, lambda handle: cancel(handle.run_id))

    run = sync_inventory(large, CATALOG)

    assert run.outcome == Outcome.CANCELLED
    assert asked(simulator) < len(policies_of(large)) + 12 * 20 < 700


def cancel(run_id: int) -> None:
    service.request_cancel(run_id, Actor.worker("somebody"))


def test_a_stop_of_the_worker_ends_the_reading(large: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    at_the_first_chunk(monkeypatch, lambda _handle: execution.shutting_down.set())
    try:
        run = sync_inventory(large, CATALOG)
    finally:
        execution.shutting_down.clear()

    assert run.status == "queued", "another worker continues"


@pytest.mark.parametrize("error", [ClaimLost(1), OperationalError("", {}, Exception()), ZeroDivisionError()])
def test_what_ends_the_handler_ends_the_reading(
    large: Tenant, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(_handle: RunHandle) -> None:
        raise error

    at_the_first_chunk(monkeypatch, fail)

    sync_inventory(large, CATALOG)


def test_a_cancel_is_heard_while_every_reader_waits_for_graph(
    large: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops_admin.runs.handle.SECONDS_BETWEEN_STOP_CHECKS", 0)
    options = {"status": 429, "retry_after": 60}
    simulator.control("POST", "faults", effect="status", path="/settings", options=options)
    slowed: list[float] = []

    def slow_down(handle: RunHandle, seconds: float) -> None:
        slowed.append(seconds)
        cancel(handle.run_id)

    monkeypatch.setattr(RunHandle, "slowed_down", slow_down)
    begun = time.monotonic()

    run = sync_inventory(large, CATALOG)

    assert (run.outcome, bool(slowed)) == (Outcome.CANCELLED, True)
    assert time.monotonic() - begun < 10


def test_what_a_reading_thread_raises_ends_the_run(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise GraphError(FORBIDDEN)

    monkeypatch.setattr(operations, "_observe", fail)

    run = sync_inventory(tenant, CATALOG)

    assert (run.outcome, [failure.code for failure in run.failures]) == (Outcome.FAILED, ["graph.forbidden"])


def test_no_more_is_read_ahead_than_fits_in_memory(
    large: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead: list[int] = []
    store = operations._store

    def slowly(handle: RunHandle, *args: Any) -> str | None:
        time.sleep(3 if len(ahead) == 1 else 0)  # long enough to read everything, once it is known that anything can be
        ahead.append(asked(simulator) - handle.counts["processed"])
        return store(handle, *args)

    simulator.control("DELETE", "requests")
    monkeypatch.setattr(operations, "_store", slowly)
    sync_inventory(large, CATALOG)

    assert max(ahead) <= 20 * (12 + 1)


def test_waits_at_the_same_time_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []

    class Handle:
        run_id = 1

        def slowed_down(self, seconds: float) -> None:
            told.append(seconds)

    class Client:
        most_at_once = 2

    readers = Readers(Handle(), Client())  # type: ignore[arg-type]  # no more is needed of them
    for begun_at, seconds in [(100.0, 10.0), (101.0, 10.0), (102.0, 3.0), (200.0, 1.0)]:
        readers._throttled.put((begun_at, seconds))
    readers._report_waits()

    assert told == [10, 1, 1]


def test_whoever_leaves_waits_for_what_is_under_way(simulator: Simulator) -> None:
    class Handle:
        run_id = 1

        def checkpoint(self) -> None:
            raise StopRequested

    under_way: list[bool] = []

    def work(_client: GraphClient) -> None:
        under_way.append(True)
        time.sleep(1)
        under_way.pop()

    with pytest.raises(StopRequested), Readers(Handle(), simulator.client()) as readers:  # type: ignore[arg-type]  # as above
        list(readers.read([work] * 3))

    assert under_way == []


def test_a_client_of_a_reading_thread_sends_nothing_once_the_run_has_ended(simulator: Simulator) -> None:
    def refuse() -> None:
        raise InterruptedError

    client: GraphClient = simulator.client()
    with client.beside(wait=time.sleep, before=refuse) as other, pytest.raises(InterruptedError):
        other.get("groups")


def test_a_reading_thread_sends_nothing_more_once_the_run_has_ended(simulator: Simulator) -> None:
    class Handle:
        run_id = 1

        def checkpoint(self) -> None:
            raise StopRequested

    sent: list[str] = []

    def work(client: GraphClient) -> None:
        client.get("groups")
        sent.append("while the run was under way")
        time.sleep(1)
        client.get("groups")
        sent.append("after its end")

    with pytest.raises(StopRequested), Readers(Handle(), simulator.client()) as readers:  # type: ignore[arg-type]  # as above
        list(readers.read([work]))

    assert sent == ["while the run was under way"]
