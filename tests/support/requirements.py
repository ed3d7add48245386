"""What a test does when a program that it needs is missing: it never passes silently."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

INSTALL = "apt-get install --no-install-recommends"


def find_program(*names: str, also_in: str | None = None) -> Path | None:
    """The first of `names` on the PATH, or in the newest folder that matches the glob `also_in` (relative to /)."""
    folders = sorted(Path("/").glob(also_in), reverse=True) if also_in else []
    for name in names:
        for candidate in (shutil.which(name), *(folder / name for folder in folders)):
            if candidate and os.access(candidate, os.X_OK):
                return Path(candidate)
    return None


def require_program(package: str, *names: str, also_in: str | None = None) -> Path:
    """Like find_program. If it is missing, the test is skipped with the reason, or fails when CI=true."""
    return find_program(*names, also_in=also_in) or refuse(package, names[0])


def refuse(package: str, program: str) -> NoReturn:
    """End the test because `program` from Debian's `package` is missing."""
    reason = f"{program} is not installed: {INSTALL} {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
