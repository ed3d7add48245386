"""How one item fails without the others: its code, and what the run says of it."""

from sqlalchemy.exc import SQLAlchemyError

from ops_admin.intune.policies.types import type_label
from ops_admin.intune.restore.queries import RestoreItem
from ops_admin.runs.failures import OperationFailed, failure_of
from ops_admin.runs.handle import ClaimLost, RunHandle, StopRequested

# These end the run. Anything else, whatever it is, ends one item and lets the run go on to the next.
OF_THE_RUN = (StopRequested, ClaimLost, OperationFailed, SQLAlchemyError)


def code_of(error: Exception) -> str:
    """Return the stable code of what went wrong with an item."""
    return failure_of(error).code


def tell(handle: RunHandle, item: RestoreItem, error: Exception) -> None:
    """Add to the run's failures why an item failed; what nobody expected is told by the name of its class."""
    failure, label = failure_of(error), type_label(item.type)
    handle.failure(failure.code, f"{label}: {failure.message}" if failure.message else label)
