"""How many sockets a web process can hold: each takes a file and some threads, and the system limits both.

A process that runs out of either loses all its connections. One that knows its limits lets browsers poll (R27).
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
# Database, queue, logs, and briefly one more per new connection, while gunicorn waits for its first byte.
_OTHER_FILES = 500
# Housekeeping, heartbeat, queue, and the workers of `serve`.
_OTHER_THREADS = 100
# Enough for everything; many systems start with 1,024 and allow much more on request.
_FILES = 4096
_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Limits:
    """How many files and threads the system allows this process."""

    files: int
    threads: int


@dataclass(frozen=True)
class Capacity:
    """What a web process can hold at a time: sockets, and connections kept between two requests."""

    sockets: int
    kept: int

    @property
    def threads(self) -> int:
        """One for each socket, the others for requests."""
        return self.sockets + _REQUESTS

    @property
    def connections(self) -> int:
        """The connections that are accepted; further ones wait."""
        return self.threads + self.kept


def capacity_within(limits: Limits, sockets: int) -> Capacity:
    """Return the capacity for `sockets`, or for as many as the limits leave room for."""
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
    """Raise the limit of open files as far as needed, and return what this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = max(_bounded(soft), min(_bounded(hard), _FILES))
    if files > _bounded(soft):
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    # On other systems this limit counts processes.
    of_user = _bounded(resource.getrlimit(resource.RLIMIT_NPROC)[0]) if sys.platform == "linux" else sys.maxsize
    return Limits(files, min(of_user, threads_of_group()))


def _bounded(limit: int) -> int:
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit


def threads_of_group(own: Path = Path("/proc/self/cgroup"), groups: Path = _CGROUPS) -> int:
    """Return the limit of the service or container (systemd's TasksMax), if Linux has one."""
    try:
        [path] = [line.removeprefix("0::/") for line in own.read_text().splitlines() if line.startswith("0::")]
        most = (groups / path / "pids.max").read_text().strip()
    except (OSError, ValueError):  # another system, or cgroups of version 1: no limit is known
        return sys.maxsize
    return sys.maxsize if most == "max" else int(most)
