"""Store apps are published some time after they are created."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ops_admin.simulator.resources import BY_KEY
from ops_admin.simulator.tenants import Tenant

WAITING = "processing"


def publish_ready(tenant: Tenant) -> None:
    """Publish every app that is due."""
    apps = BY_KEY["mobileApps"]
    for app in list(tenant.collection(apps.key).values()):
        if app.get("publishingState") == WAITING and _is_ready(app["createdDateTime"], tenant):
            tenant.replace(apps, {**app, "publishingState": "published"})


def _is_ready(created: str, tenant: Tenant) -> bool:
    begun = datetime.fromisoformat(created[:26] + "+00:00")
    return datetime.now(UTC) - begun >= timedelta(seconds=tenant.conduct.publishing_seconds)
