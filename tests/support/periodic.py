"""Runs periodic work in the test's own process, as a worker does."""

from ops_admin.infra.extensions import huey


def run_periodic(name: str) -> None:
    """Execute the periodic task with that name. Fails if no feature declares it."""
    (task,) = [task for task in huey._registry.periodic_tasks if task.name == name]
    task.execute()
