"""The demo: a migrated, seeded database and a simulated Microsoft tenant that lives as long as the server."""

import atexit
import subprocess
import sys
import threading
from collections import deque
from dataclasses import replace
from typing import IO

from ops_admin.config import PUBLIC_GRAPH_URL, Settings

_ANNOUNCEMENT = "Simulated Microsoft Graph at "
# About what the real service takes: a sync lasts some seconds, long enough to watch it move.
_LATENCY_SECONDS = "0.2"
_DEMO_CLIENT_ID = "00000000-0000-4000-8000-00000000d3a0"
_DEMO_CLIENT_SECRET = "simulated"  # noqa: S105  # nosec  # the simulator takes any


class SimulatorFailed(Exception):
    """The simulated tenant did not start; what it said stands above."""


def with_simulated_tenant(settings: Settings) -> Settings:
    """Return settings that lead to a simulated tenant, started here unless a Graph address was configured."""
    if settings.graph_url == PUBLIC_GRAPH_URL:
        origin = start_simulator()
        settings = replace(settings, graph_url=origin, login_url=origin)
    return replace(
        settings,
        graph_client_id=settings.graph_client_id or _DEMO_CLIENT_ID,
        graph_client_secret=settings.graph_client_secret or _DEMO_CLIENT_SECRET,
    )


def start_simulator() -> str:
    """Start the simulator on a free port and return its origin; raises SimulatorFailed.

    It watches the pipe that we hold open and ends when that closes: however this process ends, it does not stay.
    """
    options = ["--port", "0", "--latency", _LATENCY_SECONDS, "--until-stdin-closes"]
    command = [sys.executable, "-m", "ops_admin.cli", "simulate-graph", *options]
    # A session of its own: Ctrl-C is for the server, which lets the work in hand end before the simulator goes.
    child = subprocess.Popen(  # noqa: S603  # our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    if child.stdin is None or child.stdout is None:  # both are pipes; the type checker cannot know
        raise SimulatorFailed("The simulated tenant has no pipes.")
    atexit.register(child.stdin.close)
    for line in child.stdout:
        if _ANNOUNCEMENT in line:
            _drain(child.stdout)
            return line.split(_ANNOUNCEMENT, 1)[1].strip()
    raise SimulatorFailed("The simulated tenant did not start.")


def _drain(stream: IO[str]) -> None:
    # A pipe that nobody empties would stop the simulator at its next few thousand log lines.
    threading.Thread(target=deque, args=(stream, 0), name="Simulator-output", daemon=True).start()
