"""Operations of the benchmark only: one does nothing but report, one keeps workers busy."""

import json
import time
from collections.abc import Mapping

from ops_admin.access.capabilities import Capability
from ops_admin.runs.catalog import Inputs, OperationType, catalog
from ops_admin.runs.handle import RunHandle

REPORTS = 10
BUSY_STEPS = 100
BUSY_STEP_SECONDS = 0.05

# About the size of one page of policies. Parsing it in each step uses the interpreter as much as a sync does.
_PAGE = json.dumps([{"id": str(number), "settings": list(range(50))} for number in range(100)])


def accept_number(raw: Mapping[str, object]) -> Inputs:
    """Accept the number that makes each start different."""
    return {"number": str(raw.get("number", ""))}


def report_ten_times(handle: RunHandle) -> None:
    """Report progress ten times and do nothing else."""
    for done in range(1, REPORTS + 1):
        handle.progress(total=REPORTS, processed=done, succeeded=done)


def keep_busy(handle: RunHandle) -> None:
    """Parse a page, wait as if for the next one, and report, for a few seconds in total."""
    for done in range(1, BUSY_STEPS + 1):
        json.loads(_PAGE)
        time.sleep(BUSY_STEP_SECONDS)
        handle.progress(total=BUSY_STEPS, processed=done, succeeded=done)


QUICK = OperationType(
    "bench.quick",
    "Quick operation",
    Capability.INVENTORY_SYNC,
    report_ten_times,
    identity_inputs=("number",),
    parse_inputs=accept_number,
)
BUSY = OperationType(
    "bench.busy",
    "Busy operation",
    Capability.INVENTORY_SYNC,
    keep_busy,
    identity_inputs=("number",),
    parse_inputs=accept_number,
)


def register() -> None:
    """Add both to the catalog of this process."""
    catalog.register(QUICK)
    catalog.register(BUSY)
