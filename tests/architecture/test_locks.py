"""What is installed is what was tested: libraries are locked by version and hash, the same everywhere (R87)."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.support.installing import LOCKS, read_lock
from tests.support.sources import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ALL = "development"
PARTS = ("console", "s3", "telemetry")


def direct(extra: str | None = None) -> set[str]:
    """The libraries that pyproject.toml names itself, spelled as in the lock files."""
    project = PROJECT["project"]
    named = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    return {re.sub(r"[-_.]+", "-", Requirement(each).name).lower() for each in named} - {"ops-admin"}


def test_there_is_a_lock_for_each_way_to_install() -> None:
    assert {path.stem for path in LOCKS.iterdir()} == {ALL, "build", *PARTS}


@pytest.mark.parametrize("name", [ALL, "build", *PARTS])
def test_each_library_is_pinned_to_files_that_were_seen(name: str) -> None:
    lock = read_lock(name)
    assert lock
    for each in lock.values():
        assert re.fullmatch(r"==[^*,]+", str(each.requirement.specifier)), each.requirement
        assert each.hashes
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", value) for value in each.hashes)


@pytest.mark.parametrize("name", ["build", *PARTS])
def test_no_library_is_locked_in_two_versions(name: str) -> None:
    whole, part = read_lock(ALL), read_lock(name)
    assert {library: part[library] for library in part.keys() & whole.keys()} == {
        library: whole[library] for library in part.keys() & whole.keys()
    }


def test_what_is_installed_for_work_is_part_of_what_is_tested() -> None:
    assert set().union(*map(read_lock, PARTS)) <= set(read_lock(ALL))


def test_every_library_that_is_asked_for_is_locked() -> None:
    assert direct() <= set(read_lock("console"))
    assert direct() | direct("s3") <= set(read_lock("s3"))
    assert direct() | direct("telemetry") <= set(read_lock("telemetry"))
    assert direct("dev") <= set(read_lock(ALL))
    assert {Requirement(each).name for each in PROJECT["build-system"]["requires"]} <= set(read_lock("build"))


def test_only_those_who_want_a_bucket_install_its_library() -> None:
    assert ["boto3" in read_lock(name) for name in PARTS] == [False, True, False]


def test_no_lock_names_where_the_libraries_come_from() -> None:
    assert [path.name for path in LOCKS.iterdir() if re.search("://|--index|--find-links", path.read_text())] == []
