"""The data of the simulated tenants: in memory, guarded by one lock, restorable to the initial state."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable
from typing import Any

from ops_admin.simulator.conduct import Conduct
from ops_admin.simulator.resources import RESOURCES
from ops_admin.simulator.tenants import Tenant


class Store:
    """All tenants. Hold `lock` while reading or changing their data."""

    def __init__(self, tenants: Iterable[Tenant]) -> None:
        self.lock = threading.RLock()
        self._initial = list(tenants)
        self.tenants: dict[str, Tenant] = {}
        self.reset()

    def reset(self) -> None:
        """Restore everything to the initial state."""
        with self.lock:
            # Copied as one list, so that tenants still share one service.
            self.tenants = {tenant.id: tenant for tenant in copy.deepcopy(self._initial)}

    def add(self, tenant: Tenant) -> None:
        """Add a tenant, as strict as the first and of the same service."""
        with self.lock:
            first = next(iter(self.tenants.values()), tenant)
            tenant.conduct = Conduct(strict=first.conduct.strict)
            tenant.service = first.service
            self.tenants[tenant.id] = tenant

    def change_conduct(self, values: dict[str, Any]) -> None:
        """Change the behaviour of all tenants."""
        with self.lock:
            for tenant in self.tenants.values():
                tenant.conduct = tenant.conduct.changed(values)

    def find_tenant_id(self, name: str) -> str | None:
        """Return the id of the tenant with that id or domain, or None."""
        with self.lock:
            for tenant in self.tenants.values():
                if name.lower() in (tenant.id.lower(), tenant.domain.lower()):
                    return tenant.id
        return None

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of documents by tenant and type."""
        with self.lock:
            return {
                tenant.id: {resource.key: len(tenant.documents(resource)) for resource in RESOURCES}
                for tenant in self.tenants.values()
            }
