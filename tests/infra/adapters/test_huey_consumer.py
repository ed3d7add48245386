"""Huey's consumer reports its events, and stops in bounded time on either signal."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import huey.consumer
import pytest
from huey.consumer import Consumer
from huey.storage import MemoryStorage

from ops_admin.infra.adapters.huey_consumer import ConsumerHooks, ConsumerLimits, ThreadedConsumer
from ops_admin.infra.adapters.huey_queue import LeanHuey
from tests.infra.adapters import consuming
from tests.infra.adapters.promises import Adapter, Promise, check_each_is_missed
from tests.support.lifelines import tied
from tests.support.network import poll_until
from tests.support.sources import ROOT

SIGNALS = [signal.SIGTERM, signal.SIGINT]
LIMITS = ConsumerLimits(threads=2, shortest_poll=0.01, longest_poll=0.01, between_checks=0.05, to_stop=0.5)
OPTIONS = ("workers", "initial_delay", "max_delay", "health_check_interval", "shutdown_timeout", "graceful_signal")


@cache
def unstarted() -> Consumer:
    return Consumer(LeanHuey("queue"))


ADAPTER = Adapter(
    "infra/adapters/huey_consumer.py",
    "huey",
    (
        Promise(lambda: huey.consumer, "Consumer", "passes its limits to it", ("huey", *OPTIONS)),
        Promise(lambda: Consumer, "start", "says that it is alive after it", ("self",)),
        Promise(lambda: Consumer, "stop", "says that it stops before it, and that it ended after it", ("graceful",)),
        Promise(lambda: Consumer, "check_worker_health", "says that it is alive at each check", ("self",)),
        Promise(lambda: Consumer, "_set_signal_handlers", "leaves the signals to the web server", ("self",)),
        Promise(lambda: Consumer, "_handle_signal", "lets a second signal interrupt", ("self", "signum", "frame")),
        Promise(unstarted, "_signal_actions", "lets SIGINT end in order, too"),
        Promise(unstarted, "stop_flag", "waits on it, and ends the threads by it"),
    ),
)


@dataclass
class Told:
    """The hooks' calls, in order."""

    words: list[str] = field(default_factory=list)

    def hooks(self) -> ConsumerHooks:
        return ConsumerHooks(
            alive=lambda: self.words.append("alive"),
            stopping=lambda: self.words.append("stopping"),
            ended=lambda: self.words.append("ended"),
        )


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def queue() -> LeanHuey:
    queue = LeanHuey("queue")
    queue.use(MemoryStorage("queue"))
    return queue


@pytest.fixture
def consumer(queue: LeanHuey, told: Told) -> Iterator[ThreadedConsumer]:
    consumer = ThreadedConsumer(queue, told.hooks(), LIMITS, takes_signals=False)
    yield consumer
    consumer.stop_flag.set()


def test_the_installed_huey_keeps_what_the_adapter_relies_on() -> None:
    assert ADAPTER.broken() == []


def test_whatever_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    check_each_is_missed(ADAPTER, monkeypatch)


def test_its_limits_are_those_that_huey_works_by(consumer: ThreadedConsumer) -> None:
    assert (consumer.workers, consumer.default_delay, consumer.max_delay) == (2, 0.01, 0.01)
    assert (consumer._health_check_interval, consumer.shutdown_timeout) == (0.05, 0.5)


def test_it_says_that_it_is_alive_until_it_stops(consumer: ThreadedConsumer, told: Told) -> None:
    consumer.start()
    assert told.words == ["alive"]
    checking = threading.Thread(target=consumer.check_until_stopped, daemon=True)
    checking.start()
    poll_until(lambda: told.words.count("alive") > 2)
    was_stopping = consumer.is_stopping
    consumer.stop(graceful=True)
    checking.join(10)
    assert not checking.is_alive()
    assert (was_stopping, consumer.is_stopping) == (False, True)
    assert told.words[told.words.index("stopping") :] == ["stopping", "ended"]


def test_without_signals_of_its_own_it_leaves_them_as_they_are(consumer: ThreadedConsumer) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    consumer.start()
    assert [signal.getsignal(number) for number in SIGNALS] == before
    consumer.stop(graceful=True)


def test_a_thread_that_died_is_replaced(
    consumer: ThreadedConsumer, queue: LeanHuey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> None:
        raise SystemExit

    task = queue.task(name="die")(die)
    consumer.start()
    task()
    poll_until(lambda: not all(thread.is_alive() for _, thread in consumer.worker_threads))
    assert not consumer.check_worker_health()
    assert all(thread.is_alive() for _, thread in consumer.worker_threads)
    consumer.stop(graceful=True)


def test_it_waits_for_work_that_takes_too_long_only_so_long(
    consumer: ThreadedConsumer, queue: LeanHuey, told: Told
) -> None:
    begun, over = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        over.wait(60)

    task = queue.task(name="work")(work)
    consumer.start()
    task()
    assert begun.wait(30)
    consumer.stop(graceful=True)
    assert told.words[-1] == "ended"
    assert any(thread.is_alive() for _, thread in consumer.worker_threads)
    over.set()


@pytest.fixture
def worker(request: pytest.FixtureRequest) -> Iterator["subprocess.Popen[str]"]:
    """A separate process, because signals go to processes."""
    command = tied([sys.executable, "-m", consuming.__name__, *getattr(request, "param", ())])
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def lines_until(process: "subprocess.Popen[str]", word: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.strip())
        if lines[-1] == word:
            return lines
    pytest.fail(f"it ended without saying {word}: {lines}")


@pytest.mark.parametrize("number", SIGNALS)
def test_either_signal_stops_it_in_order(worker: "subprocess.Popen[str]", number: signal.Signals) -> None:
    lines_until(worker, "alive")
    worker.send_signal(number)
    assert lines_until(worker, "over") == ["stopping", "ended", "over"]
    assert worker.wait(30) == 0


@pytest.mark.parametrize("worker", [("busy",)], indirect=True)
@pytest.mark.parametrize("second", SIGNALS)
def test_a_second_signal_cuts_the_waiting_short(worker: "subprocess.Popen[str]", second: signal.Signals) -> None:
    lines_until(worker, "working")
    worker.send_signal(signal.SIGTERM)
    lines_until(worker, "stopping")
    worker.send_signal(second)
    said: list[Any] = lines_until(worker, "over")
    assert said[-2:] == ["ended", "over"]
    assert worker.wait(30) == 0
