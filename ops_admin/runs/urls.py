"""The one address of a run (R30)."""


def run_url(run_id: int) -> str:
    """Return the path of a run's page in Monitoring; it does not depend on the tenant selected."""
    return f"/operations/{run_id}"
