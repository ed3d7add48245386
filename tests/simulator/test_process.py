"""The simulator as a process: its first line, open connections, many at once, and its end."""

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.simulator.service import Service
from tests.support.lifelines import tied

COMMAND = [sys.executable, "-m", "ops_admin.simulator"]


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(tied([*COMMAND, *options]), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_when_told(number: signal.Signals) -> None:
    with started("--port", "0") as (process, line):
        words, _, origin = line.rpartition(" ")
        assert words == "Simulated Microsoft Graph at"
        assert requests.get(f"{origin}/_sim", timeout=5).status_code == 200
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


def test_it_can_be_slow_from_the_start_and_after_a_reset() -> None:
    with started("--latency", "0.05") as (_, line):
        origin = line.rpartition(" ")[2]
        assert requests.get(f"{origin}/_sim", timeout=5).json()["latency"] == 0.05
        requests.put(f"{origin}/_sim/settings", json={"latency": 0}, timeout=5)
        requests.post(f"{origin}/_sim/reset", timeout=5)
        assert requests.get(f"{origin}/_sim", timeout=5).json()["latency"] == 0.05


def test_it_is_strict_unless_told_otherwise_and_limited_only_when_told() -> None:
    with started() as (_, line):
        settings = requests.get(f"{line.rpartition(' ')[2]}/_sim/settings", timeout=5).json()
        assert (settings["strict"], settings["limits"]) == (True, None)
    with started("--lenient", "--limits") as (_, line):
        origin = line.rpartition(" ")[2]
        requests.put(f"{origin}/_sim/settings", json={"strict": True, "limits": None}, timeout=5)
        requests.post(f"{origin}/_sim/reset", timeout=5)
        settings = requests.get(f"{origin}/_sim/settings", timeout=5).json()
        assert (settings["strict"], settings["limits"]["writes_per_tenant"]) == (False, 200)
        assert settings["limits"]["retry_after"] == "sometimes"


def test_it_ends_though_a_request_hangs() -> None:
    with started() as (process, line):
        origin = line.rpartition(" ")[2]
        service = Service(origin)
        service.fault("hang", "/token", options={"seconds": 600})
        with pytest.raises(requests.ReadTimeout):
            requests.post(f"{origin}/{service.tenant}/oauth2/v2.0/token", data={}, timeout=0.3)
        process.terminate()
        assert process.wait(timeout=10) == 0
        service.http.close()


def test_a_broken_corpus_is_said_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "intents" / "half.json"
    broken.parent.mkdir()
    broken.write_text("{")
    ended = subprocess.run([*COMMAND, "--corpus", str(tmp_path)], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert str(broken) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_connections_stay_open_whatever_the_view_leaves_unread(running: Service) -> None:
    connection = http.client.HTTPConnection(running.origin.removeprefix("http://"), timeout=5)
    sockets = set()
    for method, path in (("POST", "/_sim/reset"), ("DELETE", "/_sim/requests"), ("GET", "/beta/groups")):
        connection.request(method, path, body="{}", headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert json.loads(answer.read())
        sockets.add(connection.sock)
    assert len(sockets) == 1
    assert None not in sockets
    connection.close()


def test_many_writers_at_once_lose_nothing(running: Service) -> None:
    body = {"@odata.type": "#microsoft.graph.sharedPCConfiguration", "displayName": "Parallel"}

    def write(_: int) -> int:
        client = running.as_tenant(running.tenant)
        status = client.send("POST", "/deviceManagement/deviceConfigurations", json=body).status_code
        client.rows("/deviceManagement/deviceConfigurations")
        client.http.close()
        return status

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(write, range(100))) == [201] * 100
    names = [row["displayName"] for row in running.rows("/deviceManagement/deviceConfigurations")]
    assert names.count("Parallel") == 100
    running.control("POST", "/reset", {})
