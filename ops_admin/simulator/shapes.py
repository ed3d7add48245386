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
"""Properties computed by the service. Writes that contain one are refused."""

OF_A_PART = frozenset({"id", "createdDateTime", "lastModifiedDateTime"})
"""Properties that the service assigns to a part of a policy, such as a setting.

New parts that bring one are refused.
"""


@dataclass(frozen=True)
class Navigation:
    """A property that Graph serves separately: omitted from its owner unless requested with `$expand`.

    `in_list` and `in_item` say where `$expand` is allowed, `page_size` how much one answer holds. `single` means one
    object instead of a collection.
    """

    page_size: int = 100
    in_list: bool = True
    in_item: bool = True
    single: bool = False
    children: Mapping[str, Navigation] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """One type: its path and name, and how it is read, written and assigned.

    `polymorphic` types need their `@odata.type`. `item_only` properties are null in lists. `writable` (None: any)
    limits what a write may contain, `refused` lists what it may not, and `required` what a POST needs besides the name.
    `deep_insert` names the navigations that a POST may include. The service fills in what is `computed`.
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
        """The path split at its slashes, like a request's path."""
        return tuple(self.path.split("/"))
