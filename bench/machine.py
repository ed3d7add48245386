"""A description of the machine and the versions, without which figures mean nothing."""

import os
import platform
import sqlite3
import subprocess
from pathlib import Path

from bench.clicks import find_chromium
from tests.support.requirements import find_program


def describe() -> str:
    """Return a sentence about processor, load and versions."""
    versions = ", ".join(f"{name} {_version_of(program)}" for name, program in _programs().items() if program)
    return (
        f"{os.cpu_count()} cores ({_processor()}), load {load()} at the beginning; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}"
    )


def load() -> str:
    """Return the load averages of one, five and fifteen minutes; above the number of cores, others interfere."""
    return ", ".join(f"{each:.1f}" for each in os.getloadavg())


def missing_programs() -> list[str]:
    """Return the names of the programs that are needed and not installed."""
    return [name for name, program in _programs().items() if program is None]


def _programs() -> dict[str, Path | None]:
    return {
        "PostgreSQL": find_program("postgres", also_in="usr/lib/postgresql/*/bin"),
        "Redis": find_program("redis-server"),
        "Chromium": find_chromium(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _version_of(program: Path) -> str:
    """Return the first word of `program --version` that begins with a digit, or with "v=" and a digit."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603  # found on the PATH
    words = (word.removeprefix("v=") for word in said.split())
    return next((word for word in words if word[:1].isdigit()), said.strip())
