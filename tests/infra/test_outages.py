"""An outage is logged once when it begins and once when it ends, however many threads notice it."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ops_admin.infra.outages import Outage

log = logging.getLogger("tests.outages")
THREADS = 16


@pytest.fixture
def outage(caplog: pytest.LogCaptureFixture) -> Outage:
    caplog.set_level(logging.WARNING, log.name)
    return Outage(log, "the printer is away (%s)", "the printer is back")


def at_once(report: Callable[[], bool]) -> list[bool]:
    """Call `report` in many threads at the same moment."""
    ready = threading.Barrier(THREADS)

    def call(_: int) -> bool:
        ready.wait(10)
        return report()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(call, range(THREADS)))


def test_its_begin_and_its_end_are_logged_once(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    assert [outage.begin("no paper"), outage.begin("no ink")] == [True, False]
    assert [outage.end(), outage.end()] == [True, False]
    assert caplog.record_tuples == [
        (log.name, logging.ERROR, "the printer is away (no paper)"),
        (log.name, logging.WARNING, "the printer is back"),
    ]


def test_the_next_outage_is_logged_again(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    for reason in ("first", "second", "third"):
        assert outage.begin(reason)
        assert outage.is_on
        assert outage.end()
        assert not outage.is_on
    assert [line for line in caplog.messages if "away" in line] == [
        f"the printer is away ({reason})" for reason in ("first", "second", "third")
    ]
    assert caplog.messages.count("the printer is back") == 3


def test_while_all_is_well_nothing_is_logged(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    assert not outage.end()
    assert not outage.is_on
    assert caplog.messages == []


def test_of_many_threads_one_brings_the_news(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(20):
        assert sum(at_once(lambda: outage.begin("no paper"))) == 1
        assert sum(at_once(outage.end)) == 1
    assert caplog.messages == ["the printer is away (no paper)", "the printer is back"] * 20


def test_begins_and_ends_take_turns_in_the_log(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    turns = iter(range(THREADS * 40))

    def flicker() -> bool:
        while (turn := next(turns, None)) is not None:
            if turn % 2:
                outage.end()
            else:
                outage.begin(turn)
        return True

    at_once(flicker)
    kinds = [line.startswith("the printer is away") for line in caplog.messages]
    assert all(kinds[::2])
    assert not any(kinds[1::2])


def test_an_end_is_not_logged_before_its_begin(
    outage: Outage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = threading.Thread(target=outage.end)

    def end_while_the_begin_is_logged(record: logging.LogRecord) -> bool:
        if "away" in record.msg:
            ending.start()
            ending.join(0.2)
        return True

    monkeypatch.setattr(log, "filters", [end_while_the_begin_is_logged])
    outage.begin("no paper")
    ending.join(10)
    assert caplog.messages == ["the printer is away (no paper)", "the printer is back"]
