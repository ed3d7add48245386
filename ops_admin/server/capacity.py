"""How much a web process may hold: every socket takes a file and some threads, and the machine limits both.

A process that runs out of either falls over with all that hang on it; one that knows lets browsers ask instead (R27).
"""

import logging
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

from ops_admin.realtime import THREADS_A_SOCKET

log = logging.getLogger(__name__)

_REQUESTS = 200
_KEPT = 1000
# Database, queue, logs, and for a moment one more a new connection: gunicorn waits for its first byte.
_OTHER_FILES = 500
# Housekeeping, sign of life, queue, and the workers of `serve`.
_OTHER_THREADS = 100
# Enough for all of it; many systems allow 1,024 at first and much more to those that ask.
_FILES = 4096
_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Limits:
    """How many files and threads the system lets this process have."""

    files: int
    threads: int


@dataclass(frozen=True)
class Capacity:
    """What a web process holds at a time: sockets, and connections that are kept between two requests."""

    sockets: int
    kept: int

    @property
    def threads(self) -> int:
        """One for each socket, the others for requests."""
        return self.sockets + _REQUESTS

    @property
    def connections(self) -> int:
        """Further ones wait to be accepted."""
        return self.threads + self.kept


def capacity_within(limits: Limits, sockets: int) -> Capacity:
    """Return room for `sockets`, or for as many as the limits leave when everything else has had its share."""
    kept = min(_KEPT, limits.files // 8)
    by_files = limits.files - _REQUESTS - kept - _OTHER_FILES
    by_threads = (limits.threads - _REQUESTS - _OTHER_THREADS) // THREADS_A_SOCKET
    capacity = Capacity(max(0, min(sockets, by_files, by_threads)), kept)
    if capacity.sockets < sockets:
        log.warning(
            "room for %d sockets instead of %d: the system allows this process %d open files and %d threads",
            capacity.sockets,
            sockets,
            limits.files,
            limits.threads,
        )
    return capacity


def claim_limits() -> Limits:
    """Ask for as many files as may be needed, and return what this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = max(_bounded(soft), min(_bounded(hard), _FILES))
    if files > _bounded(soft):
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    # Elsewhere this limit counts processes.
    of_user = _bounded(resource.getrlimit(resource.RLIMIT_NPROC)[0]) if sys.platform == "linux" else sys.maxsize
    return Limits(files, min(of_user, threads_of_group()))


def _bounded(limit: int) -> int:
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit


def threads_of_group(own: Path = Path("/proc/self/cgroup"), groups: Path = _CGROUPS) -> int:
    """What the service or container may have (systemd's TasksMax), where Linux says so."""
    try:
        [path] = [line.removeprefix("0::/") for line in own.read_text().splitlines() if line.startswith("0::")]
        most = (groups / path / "pids.max").read_text().strip()
    except (OSError, ValueError):  # another system, or an older kind of groups: nothing is known of a limit
        return sys.maxsize
    return sys.maxsize if most == "max" else int(most)
