"""Work that the queue's clock starts, done here and now as a worker does it."""

from ops_admin.infra.extensions import huey


def run_periodic(name: str) -> None:
    """Execute the periodic task of that name; fails when no feature declares it."""
    (task,) = [task for task in huey._registry.periodic_tasks if task.name == name]
    task.execute()
