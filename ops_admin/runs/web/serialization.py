"""A run as JSON, the same on its page and on the command line."""

from dataclasses import asdict
from datetime import datetime

from ops_admin.runs.ledger import Run
from ops_admin.runs.urls import run_url


def document_of(run: Run) -> dict[str, object]:
    """Return the fields of a run under the names of R1, and its URL. Times are ISO 8601 with their offset."""
    fields = asdict(run)
    fields["summary_counts"] = fields.pop("counts")
    fields["failure_summary"] = list(fields.pop("failures"))
    values = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}
    return {**values, "url": run_url(run.id)}
