"""The demo: a migrated, seeded database and a simulated Microsoft tenant that runs as long as the server."""

import atexit
import subprocess
import sys
import threading
from collections import deque
from dataclasses import replace

from ops_admin.config import PUBLIC_GRAPH_URL, Settings

_ANNOUNCEMENT = "Simulated Microsoft Graph at "
# About as slow as the real service, so that a sync takes long enough to watch.
_LATENCY_SECONDS = "0.2"
_DEMO_CLIENT_ID = "00000000-0000-4000-8000-00000000d3a0"
_DEMO_CLIENT_SECRET = "simulated"  # noqa: S105  # nosec  # the simulator takes any


class SimulatorFailed(Exception):
    """The simulated tenant did not start; its output says why."""


def with_simulated_tenant(settings: Settings) -> Settings:
    """Return settings for a simulated tenant, which is started unless a Graph address is configured."""
    if settings.graph_url == PUBLIC_GRAPH_URL:
        origin = start_simulator()
        settings = replace(settings, graph_url=origin, login_url=origin)
    return replace(
        settings,
        graph_client_id=settings.graph_client_id or _DEMO_CLIENT_ID,
        graph_client_secret=None if settings.graph_certificate else settings.graph_client_secret or _DEMO_CLIENT_SECRET,
    )


def start_simulator() -> str:
    """Start the simulator on a free port and return its origin; raises SimulatorFailed.

    It ends when the pipe that we hold open closes, so it ends however this process ends.
    """
    options = ["--port", "0", "--latency", _LATENCY_SECONDS, "--until-stdin-closes"]
    command = [sys.executable, "-m", "ops_admin.cli", "simulate-graph", *options]
    # A session of its own, so that Ctrl-C reaches only the server, which finishes its work before the simulator ends.
    child = subprocess.Popen(  # noqa: S603  # our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    if child.stdin is None or child.stdout is None:  # never, but the types cannot express that
        raise SimulatorFailed("The simulated tenant has no pipes.")
    atexit.register(child.stdin.close)
    for line in child.stdout:
        if _ANNOUNCEMENT in line:
            # A pipe that nobody reads would block the simulator after a few thousand log lines.
            threading.Thread(target=deque, args=(child.stdout, 0), name="Simulator-output", daemon=True).start()
            return line.split(_ANNOUNCEMENT, 1)[1].strip()
    raise SimulatorFailed("The simulated tenant did not start.")
