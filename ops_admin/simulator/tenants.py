"""One simulated tenant: its documents, and every change to them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ops_admin.simulator.conduct import Conduct
from ops_admin.simulator.documents import prepare
from ops_admin.simulator.people import Person
from ops_admin.simulator.resources import BY_KEY, MANAGED_APP_POLICIES
from ops_admin.simulator.secrets import conceal
from ops_admin.simulator.service import Service
from ops_admin.simulator.shapes import Document, Resource

Collection = dict[str, Document]


@dataclass(frozen=True)
class Change:
    """An object was created, changed or removed: `before` or `after` is None if there was none."""

    resource: Resource
    before: Document | None
    after: Document | None


@dataclass
class Tenant:
    """One directory: its identity, documents by type key and id in order of arrival, and people.

    `parents` gives for each group the groups it is a member of. `secrets` are the plain values that Graph hides, by
    their tokens. `changes` are still to be written to the audit log.
    """

    id: str
    display_name: str
    domain: str
    collections: dict[str, Collection] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    conduct: Conduct = field(default_factory=Conduct)
    service: Service = field(default_factory=Service)
    changes: list[Change] = field(default_factory=list)

    def collection(self, key: str) -> Collection:
        """Return the documents of a type, which may be none."""
        return self.collections.setdefault(key, {})

    def documents(self, resource: Resource) -> Mapping[str, Document]:
        """Return what a path shows: usually a collection, sometimes a view of something else."""
        if resource.key == "users":
            return {person.id: person.card() for person in self.people.values()}
        if resource.key == "managedAppPolicies":
            return {item_id: document for part in MANAGED_APP_POLICIES for item_id, document in self._typed(part)}
        if resource.key == "configurationSettings":
            return self.service.settings
        if resource.key == "configurationCategories":
            return self.service.categories()
        if resource.key == "groupPolicyDefinitions":
            return self.definitions()
        return self.collection(resource.key)

    def definitions(self) -> Collection:
        """Return the administrative templates of the service and those that the tenant uploaded."""
        return {**self.service.definitions, **self.collection("groupPolicyDefinitions")}

    def add_people(self, people: Iterable[Person], parents: dict[str, list[str]] | None = None) -> None:
        """Add people, and which groups are members of others."""
        self.people.update({person.id: person for person in people})
        self.parents.update(parents or {})

    def add(self, key: str, documents: Iterable[Document]) -> list[Document]:
        """Add documents as they are, with ids and computed properties where missing."""
        resource = BY_KEY[key]
        return [self.keep(resource, prepare(resource, document, self.definitions())) for document in documents]

    def keep(self, resource: Resource, document: Document) -> Document:
        """Store a new document. It gets another id if its own is taken."""
        if document["id"] in self.collection(resource.key):
            document = {**document, "id": str(uuid.uuid4())}
        return self.replace(resource, document)

    def replace(self, resource: Resource, document: Document) -> Document:
        """Store a document in place of the one with its id. A strict tenant hides its secrets."""
        kept = conceal(document, self.secrets) if self.conduct.strict else document
        collection = self.collection(resource.key)
        self.changes.append(Change(resource, collection.get(kept["id"]), kept))
        collection[kept["id"]] = kept
        self.service.learn(kept, self.collection("groupPolicyDefinitions"))
        return kept

    def remove(self, resource: Resource, item_id: str) -> None:
        """Remove a document. Raises KeyError if there is none."""
        self.changes.append(Change(resource, self.collection(resource.key).pop(item_id), None))

    def _typed(self, resource: Resource) -> Iterable[tuple[str, Document]]:
        """Yield the documents of one type with their `@odata.type`."""
        kind = {"@odata.type": f"#microsoft.graph.{resource.type}"}
        return [(item_id, {**kind, **document}) for item_id, document in self.collection(resource.key).items()]
