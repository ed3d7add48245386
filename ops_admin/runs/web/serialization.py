"""A run as JSON: the page's other form and the command line's, so that they never disagree (SPEC section I)."""

from dataclasses import asdict
from datetime import datetime

from ops_admin.runs.ledger import Run
from ops_admin.runs.urls import run_url


def document_of(run: Run) -> dict[str, object]:
    """Return the fields of a run under the names of R1, and its address; times in ISO 8601 with their zone."""
    fields = asdict(run)
    fields["summary_counts"] = fields.pop("counts")
    fields["failure_summary"] = list(fields.pop("failures"))
    values = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}
    return {**values, "url": run_url(run.id)}
