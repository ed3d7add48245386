"""The data of the simulated tenants: in memory, guarded by one lock, restorable to the initial state."""

from __future__ import annotations

import copy
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from ops_admin.simulator.documents import prepare
from ops_admin.simulator.people import Person
from ops_admin.simulator.resources import BY_KEY, RESOURCES
from ops_admin.simulator.shapes import Document

Collection = dict[str, Document]


@dataclass
class Tenant:
    """One directory: its identity, its people, and its documents by type key and id, in insertion order.

    `parents` lists, for a group, the groups of which it is itself a member.
    """

    id: str
    display_name: str
    domain: str
    collections: dict[str, Collection] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)

    def collection(self, key: str) -> Collection:
        """Return the documents of a type; empty if the tenant has none."""
        return self.collections.setdefault(key, {})

    def add_people(self, people: Iterable[Person], parents: dict[str, list[str]] | None = None) -> None:
        """Add people, and the group nesting."""
        self.people.update({person.id: person for person in people})
        self.parents.update(parents or {})

    def add(self, key: str, documents: Iterable[Document]) -> list[Document]:
        """Add documents as they are, filling in missing ids and server-side properties."""
        stored = [prepare(BY_KEY[key], document) for document in documents]
        for document in stored:
            if document["id"] in self.collection(key):
                document["id"] = str(uuid.uuid4())
            self.collection(key)[document["id"]] = document
        return stored


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
            self.tenants = {tenant.id: copy.deepcopy(tenant) for tenant in self._initial}

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
                tenant.id: {resource.key: len(tenant.collection(resource.key)) for resource in RESOURCES}
                for tenant in self.tenants.values()
            }
