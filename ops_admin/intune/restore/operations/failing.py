"""How one item fails without the others: its code, and what the run reports."""

from sqlalchemy.exc import SQLAlchemyError

from ops_admin.intune.policies.types import type_label
from ops_admin.intune.restore.queries import RestoreItem
from ops_admin.runs.failures import OperationFailed, failure_of
from ops_admin.runs.handle import ClaimLost, RunHandle, StopRequested

# These end the run. Any other exception fails one item, and the run continues with the next.
OF_THE_RUN = (StopRequested, ClaimLost, OperationFailed, SQLAlchemyError)


def code_of(error: Exception) -> str:
    """Return the failure code for an item's error."""
    return failure_of(error).code


def tell(handle: RunHandle, item: RestoreItem, error: Exception) -> None:
    """Add an item's error to the run's failures. An unexpected one is reported by its class name."""
    failure, label = failure_of(error), type_label(item.type)
    handle.failure(failure.code, f"{label}: {failure.message}" if failure.message else label)
