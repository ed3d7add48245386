"""On what was measured: without it a figure says nothing."""

import os
import platform
import sqlite3
import subprocess
from pathlib import Path

from bench.clicks import chromium_version
from tests.support.requirements import find_program


def describe() -> str:
    """Return one sentence about processor, load and versions."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    postgres = _version_of(find_program("postgres", also_in="usr/lib/postgresql/*/bin"))
    redis = _version_of(find_program("redis-server"))
    return (
        f"{os.cpu_count()} cores ({_processor()}), load {load} at the beginning; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL {postgres}, Redis {redis}, "
        f"Chromium {chromium_version()}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _version_of(program: Path | None) -> str:
    """Return the first word of `program --version` that begins with a digit, after an optional "v="."""
    if program is None:
        return "none"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603  # found on the PATH
    words = (word.removeprefix("v=") for word in said.split())
    return next((word for word in words if word[:1].isdigit()), said.strip())
