"""What a resource type is made of: its navigations, its writable properties, how it is assigned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
"""A policy as Graph shapes it, with its sub-resources inside under their Graph names."""

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
"""Properties that the service computes; a write that carries one is refused."""

OF_A_PART = frozenset({"id", "createdDateTime", "lastModifiedDateTime"})
"""What the service gives to a part of a policy, such as a setting; a new part that brings one is refused."""


@dataclass(frozen=True)
class Navigation:
    """A property that Graph serves apart: left out of its owner unless `$expand` asks for it.

    `in_list` and `in_item` say where `$expand` is allowed, `page_size` what one answer holds; `single` is true
    for one object instead of a collection.
    """

    page_size: int = 100
    in_list: bool = True
    in_item: bool = True
    single: bool = False
    children: Mapping[str, Navigation] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """One type: where it lives, what names it, how it is read, written and assigned.

    `polymorphic` types need their `@odata.type`; `item_only` properties are null in lists; `writable` (None: any)
    bounds what a write may carry, `refused` adds to what it may not, `required` to the name that a POST needs;
    `deep_insert` names the navigations that a POST may bring along; the service fills in what is `computed`.
    """

    key: str
    path: str
    name_field: str = "displayName"
    polymorphic: bool = False
    in_v1: bool = False
    beta_only: frozenset[str] = NOTHING
    item_only: frozenset[str] = NOTHING
    navigations: Mapping[str, Navigation] = field(default_factory=dict)
    assign_key: str | None = None
    assign_status: int = 200
    update_method: str = "PATCH"
    writable: frozenset[str] | None = None
    required: frozenset[str] = NOTHING
    refused: frozenset[str] = NOTHING
    deep_insert: frozenset[str] = NOTHING
    timestamps: tuple[str, ...] = ("createdDateTime", "lastModifiedDateTime")
    computed: Mapping[str, Any] = field(default_factory=dict)
    page_size: int = 100
    max_page: int = 1000
    directory: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        """The path split at its slashes, as a request's path is."""
        return tuple(self.path.split("/"))
