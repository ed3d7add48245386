"""The one address of a run (R30)."""


def run_url(run_id: int) -> str:
    """Return the path of a run's page in Monitoring. It does not depend on the selected tenant."""
    return f"/operations/{run_id}"
