"""Threads and memory of a process and its forked children."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Footprint:
    """Threads, and resident memory in megabytes: the current value and the peak."""

    threads: int
    megabytes: float
    most_megabytes: float


def footprint_of(pid: int) -> Footprint:
    """Return the largest footprint among a process and its children; gunicorn's master does nothing itself."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return max((_footprint(each) for each in [str(pid), *children]), key=lambda each: each.threads)


def _footprint(pid: str) -> Footprint:
    lines = (line.partition(":") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    values = {name: value.split() for name, _, value in lines}
    return Footprint(int(values["Threads"][0]), int(values["VmRSS"][0]) / 1024, int(values["VmHWM"][0]) / 1024)
