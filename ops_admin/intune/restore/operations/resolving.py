"""What an id of the source means in the target (R55).

In this order: what somebody decided; the same thing, if it exists there; what this restore itself writes; the only
thing of the same kind and name. Otherwise the policy is left out: no id is sent as it came, and nothing is guessed.
What cannot be read for the moment is an error, and not a thing that the target lacks.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ops_admin.access.queries import get_tenant
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import REFUSALS, GraphError
from ops_admin.graph.referenced import LISTS, find_named, find_things, list_things
from ops_admin.intune.assignments.mapping import SKIP, FilterMapping, GroupMapping
from ops_admin.intune.restore import codes, queries
from ops_admin.intune.restore.operations.definitions import Definitions
from ops_admin.intune.restore.queries import Restore, RestoreItem
from ops_admin.intune.restore.references import Captured, Key, keep_objects, read_decisions
from ops_admin.intune.restore.states import Action
from ops_admin.references.assigned import replace_assigned
from ops_admin.references.declared import Kind, Meaning, Reference, Thing, replace
from ops_admin.references.directory_ids import with_directory_id

logger = logging.getLogger(__name__)

RESTORED_AS: Mapping[Kind, tuple[str, ...]] = {
    Kind.APP: ("mobileApps",),
    Kind.APP_CONFIGURATION: ("mobileAppConfigurations",),
    Kind.APP_POLICY: (
        "iosManagedAppProtections",
        "androidManagedAppProtections",
        "windowsManagedAppProtections",
        "mdmWindowsInformationProtectionPolicies",
        "targetedManagedAppConfigurations",
    ),
    Kind.CATALOG_POLICY: ("configurationPolicies",),
    Kind.COMPLIANCE_POLICY: ("deviceCompliancePolicies",),
    Kind.COMPLIANCE_SCRIPT: ("deviceComplianceScripts",),
    Kind.CONFIGURATION: ("deviceConfigurations",),
    Kind.CONTEXT: ("authenticationContextClassReferences",),
    Kind.DEPLOYMENT_PROFILE: ("windowsAutopilotDeploymentProfiles",),
    Kind.ENROLLMENT: ("deviceEnrollmentConfigurations",),
    Kind.LOCATION: ("namedLocations",),
    Kind.NOTIFICATION: ("notificationMessageTemplates",),
    Kind.REUSABLE_SETTING: ("reusablePolicySettings",),
    Kind.ROLE: ("roleDefinitions",),
    Kind.SCOPE_TAG: ("roleScopeTags",),
    Kind.SCRIPT: ("deviceManagementScripts",),
    Kind.STRENGTH: ("authenticationStrengthPolicies",),
}
"""The types of policies that others refer to, by kind of reference."""
FILTERS = "assignmentFilters"
"""Assignments refer to these; see `Resolver.map_filters`."""
# Small numbers: the same one means something else in every tenant.
_NUMBERED = frozenset({Kind.SCOPE_TAG, Kind.CONTEXT})
_TAGS = ("roleScopeTagIds", "roleScopeTags")


@dataclass
class Translated:
    """A policy in terms of the target.

    `unresolved` is what it refers to and the target does not have, with the code of the reason; `tags` are the scope
    tags that the target does not have, instead of which the default is written.
    """

    content: dict[str, Any]
    unresolved: list[tuple[str, Reference]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    """The ids that were put in."""


@dataclass
class Resolver:
    """Finds counterparts in the target of one restore. Each kind is read once, and only if it is needed.

    A list that failed once fails with the same error again.
    """

    restore: Restore
    client: GraphClient
    groups: GroupMapping
    is_executing: bool
    _lists: dict[Kind, dict[str, Thing] | None] = field(default_factory=dict)
    _errors: dict[Kind, GraphError] = field(default_factory=dict)
    _people: dict[tuple[Kind, str], str | None] = field(default_factory=dict)
    _same_people: dict[Key, bool] = field(default_factory=dict)

    def translate(self, content: dict[str, Any], type_key: str, captured: Mapping[Key, Captured]) -> Translated:
        """Return the policy in terms of the target. Raises GraphError."""
        found = Translated(content)
        changed = replace(content, type_key, self._meaning(captured, found))
        if self.restore.source_tenant_id != self.restore.tenant_id:
            changed, missing = self._definitions.translate(with_directory_id(changed, *self._directories))
            found.unresolved += [(codes.REFERENCE_UNMAPPED, each) for each in missing]
        found.content = changed | {
            name: _default_tags(content[name]) for name in _TAGS if content.get(name) and not changed.get(name)
        }
        return found

    def translate_assigned(
        self, assignments: list[dict[str, Any]], captured: Mapping[Key, Captured], found: Translated
    ) -> list[dict[str, Any]]:
        """Return assignments with settings in terms of the target; adds to `found`. Raises GraphError."""
        return replace_assigned(assignments, self._meaning(captured, found))

    def _meaning(self, captured: Mapping[Key, Captured], found: Translated) -> Meaning:
        def meaning(reference: Reference) -> str | None:
            known = captured.get((reference.kind, reference.id)) or Captured(*_facts(reference))
            if known.name is None and reference.name is not None:
                known = Captured(known.kind, known.id, reference.name, known.type)
            target = self._resolve(reference, known, found)
            if target is not None:
                found.written.add(target)
            return target

        return meaning

    def _resolve(self, reference: Reference, known: Captured, found: Translated) -> str | None:
        if reference.kind is Kind.GROUP:
            return self._group(reference, known, found)
        key = (reference.kind, reference.id)
        if key in self._decisions and (reference.kind is not Kind.SCOPE_TAG or self._decisions[key]):
            return self._decided(known, self._decisions[key], found)
        item = self._find_item(RESTORED_AS.get(known.kind, ()), known.id)
        # A number may be that of something else by then.
        planned = known.name or known.id if known.kind in _NUMBERED else known.id
        target = self._same(known) or self._restored(item, planned) or self._named(known)
        is_planned = item is not None and item.action in (None, Action.CREATE)
        if target is None and reference.kind is Kind.SCOPE_TAG and not is_planned:
            found.tags.append(known.name or known.id)
        elif target is None:
            _note(found, codes.DEPENDENCY_FAILED if is_planned else codes.REFERENCE_UNMAPPED, known)
        return target

    def _decided(self, known: Captured, target: str | None, found: Translated) -> str | None:
        """Return what somebody chose, unless the tenant does not have it (any more)."""
        if target is None:
            _note(found, codes.REFERENCE_SKIPPED, known)
            return None
        things = self._things(known.kind) if known.kind in LISTS else None
        if things is None or target in things:
            return target
        if known.kind is Kind.SCOPE_TAG:
            found.tags.append(known.name or known.id)
        else:
            _note(found, codes.REFERENCE_UNMAPPED, known)
        return None

    def _group(self, reference: Reference, known: Captured, found: Translated) -> str | None:
        target = self.groups.get(reference.id)
        if target is SKIP:
            _note(found, codes.GROUP_INSIDE_SKIPPED, known)
            return None
        # Execution does not begin while a group is undecided; the preview shows what is known.
        return target if isinstance(target, str) else None

    def _same(self, known: Captured) -> str | None:
        """Return the id if the same thing exists in the target."""
        is_same_tenant = self.restore.source_tenant_id == self.restore.tenant_id
        if known.kind in _NUMBERED and not is_same_tenant:
            return None
        if known.kind not in LISTS:
            return self._same_person(known, is_same_tenant)
        things = self._things(known.kind)
        if things is None:
            # What may not be read there cannot have been lost.
            return known.id if is_same_tenant else None
        return known.id if known.id in things else None

    def _same_person(self, known: Captured, is_same_tenant: bool) -> str | None:
        key = (known.kind, known.id)
        if key not in self._same_people:
            try:
                exists = bool(find_things(self.client, known.kind, [known.id]))
            except GraphError as error:
                if error.code not in REFUSALS:
                    raise
                logger.warning("%s cannot be read: %s", known.kind, error)
                exists = is_same_tenant
            self._same_people[key] = exists
        return known.id if self._same_people[key] else None

    def _restored(self, item: RestoreItem | None, planned: str) -> str | None:
        """Return the policy that this restore writes, or writes to. A preview uses `planned` until then."""
        if item is None:
            return None
        is_planned = item.action in (None, Action.CREATE) and not self.is_executing
        return item.written_external_id or item.target_external_id or (planned if is_planned else None)

    def map_filters(self, ids: Iterable[str], decided: FilterMapping | None) -> FilterMapping:
        """Return what assignment filters become: as decided (None: the same), or as this restore writes them."""
        items = {each: self._find_item((FILTERS,), each) for each in ids}
        written = {each: target for each, item in items.items() if (target := self._restored(item, each))}
        kept = {each: each for each, item in items.items() if item is None} if decided is None else decided
        return {**written, **kept}

    def _find_item(self, type_keys: Iterable[str], external_id: str) -> RestoreItem | None:
        for type_key in type_keys:
            item_id = self._items(type_key).get(external_id)
            if item_id is not None:
                return queries.find_item(item_id)
        return None

    def _items(self, type_key: str) -> Mapping[str, int]:
        """Return the ids of the items of a type by source id, read once: the selection cannot change meanwhile."""
        if type_key not in self._item_ids:
            self._item_ids[type_key] = queries.item_ids_of_type(self.restore.id, type_key)
        return self._item_ids[type_key]

    def _named(self, known: Captured) -> str | None:
        """Return the only thing of that kind, type and name. Of two nothing is guessed."""
        if not known.name:
            return None
        if known.kind not in LISTS:
            return self._named_person(known.kind, known.name)
        things = (self._things(known.kind) or {}).values()
        same = [each.id for each in things if each.name == known.name and known.type in (None, each.type)]
        return same[0] if len(same) == 1 else None

    def _named_person(self, kind: Kind, name: str) -> str | None:
        if (kind, name) not in self._people:
            try:
                same = [each.id for each in find_named(self.client, kind, name)]
            except GraphError as error:
                if error.code not in REFUSALS:
                    raise
                logger.warning("%s cannot be searched: %s", kind, error)
                same = []
            self._people[kind, name] = same[0] if len(same) == 1 else None
        return self._people[kind, name]

    def _things(self, kind: Kind) -> dict[str, Thing] | None:
        """Return what the target has of a kind, or None if the app may not read that."""
        if kind in self._errors:
            raise self._errors[kind]
        if kind not in self._lists:
            try:
                self._lists[kind] = list_things(self.client, kind)
            except GraphError as error:
                logger.warning("%s cannot be listed: %s", kind, error)
                if error.code not in REFUSALS:
                    self._errors[kind] = error
                    raise
                self._lists[kind] = None
            else:
                keep_objects(self.restore.tenant_id, kind, list((self._lists[kind] or {}).values()))
        return self._lists[kind]

    @cached_property
    def _directories(self) -> tuple[str, str]:
        """The directory ids of source and target."""
        return get_tenant(self.restore.source_tenant_id).external_id, get_tenant(self.restore.tenant_id).external_id

    @cached_property
    def _decisions(self) -> Mapping[Key, str | None]:
        return read_decisions(self.restore.id)

    @cached_property
    def _definitions(self) -> Definitions:
        return Definitions(self.client)

    @cached_property
    def _item_ids(self) -> dict[str, Mapping[str, int]]:
        return {}


def _default_tags(tags: list[Any]) -> list[Any]:
    """Return the default scope tag in the form of these: as an id, or as an object."""
    return [{"id": "0"}] if isinstance(tags[0], dict) else ["0"]


def _facts(reference: Reference) -> tuple[Kind, str, str | None]:
    return reference.kind, reference.id, reference.name


def _note(found: Translated, code: str, known: Captured) -> None:
    found.unresolved.append((code, Reference(known.kind, known.id, "", known.name)))
