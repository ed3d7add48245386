"""The race runs under the conditions that it names."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bench.large_sync import simulated_tenant
from bench.shapes import Shape, SqliteFiles
from bench.sync_race import COURSES, Course, SlowTenant, sync

POLICIES = 45


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[SlowTenant]:
    with simulated_tenant(tmp_path) as simulated:
        yield SlowTenant(simulated.origin)


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_the_tenant_is_slow_and_limited_as_the_course_says(tenant: SlowTenant, course: Course) -> None:
    tenant.prepare(0.05, limits=course.limits)

    settings = requests.get(f"{tenant.origin}/_sim/settings", timeout=60).json()
    assert (settings["latency"], bool(settings["limits"])) == (0.05, course.limits)


def test_the_sync_stores_every_policy_in_an_empty_database(tenant: SlowTenant, tmp_path: Path) -> None:
    tenant.fill(POLICIES, settings=2)

    done = sync(Shape("embedded", tmp_path, SqliteFiles(tmp_path)), tenant)

    assert done.policies == POLICIES
    assert tenant.count_requests()[1] == POLICIES
