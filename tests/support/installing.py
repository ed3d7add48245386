"""The console as an administrator installs it: a wheel, in an environment that contains only what it needs."""

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.sources import ROOT

LOCKS = ROOT / "requirements"
PIP = (sys.executable, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check")


@dataclass(frozen=True)
class Locked:
    """One library of a lock file: its locked version, and the hashes of its files."""

    requirement: Requirement
    hashes: frozenset[str]


def read_lock(name: str) -> dict[str, Locked]:
    """Return the libraries of `requirements/NAME.txt` by name."""
    text = re.sub(r"^ *#.*\n", "", (LOCKS / f"{name}.txt").read_text(), flags=re.MULTILINE).replace("\\\n", "")
    found = {}
    for line in text.splitlines():
        pinned, *hashes = line.split(" --hash=")
        requirement = Requirement(pinned.strip())
        found[requirement.name] = Locked(requirement, frozenset(each.strip() for each in hashes))
    return found


@dataclass(frozen=True)
class Installation:
    """A separate environment. `ops_admin` is its command."""

    folder: Path

    @property
    def ops_admin(self) -> Path:
        """The console's command."""
        return self.folder / "bin" / "ops-admin"

    @property
    def python(self) -> Path:
        """The environment's Python."""
        return self.folder / "bin" / "python"

    @property
    def libraries(self) -> Path:
        """The folder of its libraries."""
        [found] = self.folder.glob("lib/python*/site-packages")
        return found

    def pip(self, command: str, *words: str | Path) -> None:
        """Run pip on this environment. Fails if pip does."""
        done = subprocess.run([*PIP, "--python", self.python, command, *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout as by `make wheel`."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    subprocess.run([*PIP, "wheel", *options, str(ROOT)], check=True, cwd=folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel in an empty environment, with only the libraries of `requirements/console.txt`.

    The libraries are linked from those that the tests run with, so no test contacts a package index.
    """
    folder = tmp_path_factory.mktemp("installation") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    made = Installation(folder)
    made.pip("install", "--no-index", "--no-deps", wheel)
    wanted = (each.requirement for each in read_lock("console").values())
    _link(made.libraries, (distribution(each.name) for each in wanted if _is_for_this_machine(each)))
    return made


def _is_for_this_machine(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate()


def _link(folder: Path, distributions: Iterable[Distribution]) -> None:
    for each in distributions:
        tops = {file.parts[0] for file in each.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            place = folder / top
            if not place.exists():
                place.symlink_to(Path(str(each.locate_file(top))))
