"""The description of a resource type: its navigations, writable properties, and how it is assigned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
"""A policy in Graph's shape, including its sub-resources under their Graph names."""

NOTHING: frozenset[str] = frozenset()

READ_ONLY = frozenset(
    {
        "id",
        "createdDateTime",
        "lastModifiedDateTime",
        "modifiedDateTime",
        "version",
        "supportsScopeTags",
        "isAssigned",
        "settingCount",
        "creationSource",
    }
)
"""Properties that the service computes. A write that contains one is refused, unless the type ignores it."""

OF_A_PART = frozenset({"id", "createdDateTime", "lastModifiedDateTime"})
"""Properties that the service assigns to a part of a policy, such as a setting.

New parts that bring one are refused.
"""


@dataclass(frozen=True)
class Navigation:
    """A property that Graph serves separately: omitted unless `$expand` asks for it.

    `in_list` and `in_item` say where `$expand` is allowed, `page_size` how many rows an answer holds. `single` is true
    for one object instead of a collection. With `own_path` false it has no address of its own. `bound` names the
    collection of the referenced objects, of which only ids are stored.
    """

    page_size: int = 100
    in_list: bool = True
    in_item: bool = True
    single: bool = False
    own_path: bool = True
    bound: str | None = None
    children: Mapping[str, Navigation] = field(default_factory=dict)


@dataclass(frozen=True)
class Assigning:
    """How objects of a type are assigned: the parameter of `/assign`, the type of its rows, and the status of the
    answer.

    Without a `key` there is no `/assign`: each assignment is a POST of its own.
    """

    type: str
    key: str | None = "assignments"
    status: int = 200


@dataclass(frozen=True)
class Resource:
    """One type: where it lives, what names it, how it is read, written and assigned.

    `type` is its name in Microsoft's schema (empty if it has none). `polymorphic` types need their `@odata.type`.
    `item_only` properties are null in lists, `list_shows` gives what lists show instead of real values, `apart` ones
    are null in items, too, and have an address of their own, `selected_only` ones are returned only if `$select` names
    them. `writable` (None: all) limits what a write may contain, `refused` adds to what it may not, `required` to the
    name that a POST needs. With `made_by_patch` a PATCH to a free id creates the object. `passed_over` is ignored in a
    POST, `allowed` is accepted although read-only, at any depth. `deep_insert` names the navigations that a POST may
    contain. The service fills in `computed`. It counts `version` at each change, unless that `keeps_version`.
    """

    key: str
    path: str
    type: str = ""
    name_field: str = "displayName"
    aliases: tuple[str, ...] = ()
    polymorphic: bool = False
    in_v1: bool = False
    beta_only: frozenset[str] = NOTHING
    item_only: frozenset[str] = NOTHING
    list_shows: Mapping[str, Any] = field(default_factory=dict)
    apart: frozenset[str] = NOTHING
    selected_only: frozenset[str] = NOTHING
    navigations: Mapping[str, Navigation] = field(default_factory=dict)
    assigning: Assigning | None = None
    update_methods: tuple[str, ...] = ("PATCH",)
    made_by_patch: bool = False
    writable: frozenset[str] | None = None
    required: frozenset[str] = NOTHING
    refused: frozenset[str] = NOTHING
    passed_over: frozenset[str] = NOTHING
    allowed: frozenset[str] = NOTHING
    deep_insert: frozenset[str] = NOTHING
    timestamps: tuple[str, ...] = ("createdDateTime", "lastModifiedDateTime")
    computed: Mapping[str, Any] = field(default_factory=dict)
    id_prefix: str = ""
    page_size: int = 100
    max_page: int = 999
    directory: bool = False
    read_only: bool = False
    update_status: int | None = None
    keeps_version: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        """The path split at its slashes, like a request's path."""
        return tuple(self.path.split("/"))

    @property
    def assign_key(self) -> str | None:
        """The parameter of `/assign` that holds the assignments, or None if there is no such call."""
        return self.assigning.key if self.assigning else None

    @property
    def is_intune(self) -> bool:
        """Whether it belongs to Intune; otherwise to Entra."""
        return self.path.startswith("device")
