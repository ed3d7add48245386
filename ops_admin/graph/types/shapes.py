"""What is said of a policy type: where Graph has it and how it is read, written and assigned."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ops_admin.graph.addresses import BETA, path_of

INTUNE = "deviceManagement"
APPS = "deviceAppManagement"
_NO_PARAMS: Mapping[str, str] = MappingProxyType({})


LARGEST_PAGE = 999


def _with_top(params: Mapping[str, str], page_size: int | None) -> Mapping[str, str]:
    return params if page_size is None else {**params, "$top": str(page_size)}


@dataclass(frozen=True)
class SubResource:
    """A collection below an object that needs a request of its own and is stored in the policy under `name`.

    `parts` are collections below each element of this one. `page_size` is asked for with `$top`, unless Graph refuses.
    `of_kinds` limits it to objects of these types (empty: all have it), `only` to rows with these values.
    """

    name: str
    params: Mapping[str, str] = field(default_factory=lambda: _NO_PARAMS)
    parts: tuple["SubResource", ...] = ()
    page_size: int | None = None
    of_kinds: frozenset[str] = frozenset()
    only: Mapping[str, str] = field(default_factory=lambda: _NO_PARAMS)

    @property
    def wide_params(self) -> Mapping[str, str]:
        """The parameters that ask for large pages."""
        return _with_top(self.params, self.page_size)


@dataclass(frozen=True)
class Permission:
    """The application permissions of Microsoft Graph that reading needs, and what writing needs besides."""

    read: str
    write: str

    @classmethod
    def of(cls, area: str) -> "Permission":
        """Return the two permissions of an area of Intune."""
        return cls(f"{area}.Read.All", f"{area}.ReadWrite.All")


APPS_PERMISSION = Permission.of("DeviceManagementApps")
CONFIGURATION_PERMISSION = Permission.of("DeviceManagementConfiguration")
RBAC_PERMISSION = Permission.of("DeviceManagementRBAC")
SCRIPTS_PERMISSION = Permission.of("DeviceManagementScripts")
SERVICE_PERMISSION = Permission.of("DeviceManagementServiceConfig")
ACCESS_PERMISSION = Permission("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")


@dataclass(frozen=True)
class PolicyType:
    """One kind of policy.

    Lists return complete items, except for types with `read_each` (each policy must be read individually), `expand` or
    `select` (individually and with this `$expand` or `$select`). With `expand_optional` the list item is used if Graph
    refuses to expand. `assign_key` is the name of the list in the body of `/assign`; None means that the type
    has no such call. With `assignments_in_list` the list shows assignments if it is asked to expand them; with
    `assignments_in_item` only each policy does, and they have no address of their own. `assign_action` replaces them.
    `import_order`: policies that others refer to have the lower number. `page_size` is asked for with `$top`,
    unless Graph refuses; None leaves it to Graph, as for types whose lists hold whole policies of any size.
    `apart` are properties that even the item shows as null, and that have an address of their own. List items with all
    of `left_out` belong to Microsoft and are no policies. `numbered`: ids are small numbers, and mean something else in
    every tenant. `kind_field` tells policies of one name apart that cannot become one another.
    """

    key: str
    path: str
    label: str
    permission: Permission
    name_field: str = "displayName"
    version: str = BETA
    list_params: Mapping[str, str] = field(default_factory=lambda: _NO_PARAMS)
    page_size: int | None = None
    read_each: bool = False
    expand: str | None = None
    select: str | None = None
    expand_optional: bool = False
    sub_resources: tuple[SubResource, ...] = ()
    assignable: bool = True
    assign_key: str | None = "assignments"
    assignments_in_list: bool = False
    assignments_in_item: bool = False
    assign_action: str = "assign"
    update_method: str = "PATCH"
    import_order: int = 50
    apart: tuple[str, ...] = ()
    left_out: Mapping[str, object] = field(default_factory=lambda: _NO_PARAMS)
    numbered: bool = False
    kind_field: str = "@odata.type"

    def is_left_out(self, item: Mapping[str, object]) -> bool:
        """Say whether a list item is Microsoft's own."""
        return bool(self.left_out) and all(item.get(name) == value for name, value in self.left_out.items())

    def list_variants(self, *, with_assignments: bool) -> Iterator[Mapping[str, str]]:
        """Yield the parameters of the list, each to be used if Graph refuses those before: first all that is wanted."""
        wide = _with_top(self.list_params, self.page_size)
        if with_assignments and self.assignments_in_list:
            yield {**wide, "$expand": "assignments"}
        yield wide
        if wide != self.list_params:
            yield self.list_params

    @property
    def is_read_alone(self) -> bool:
        """Whether the list does not show whole policies."""
        return self.read_each or bool(self.expand or self.select)

    @property
    def item_params(self) -> Mapping[str, str]:
        """The parameters with which one policy is read."""
        asked = {"$expand": self.expand, "$select": self.select}
        return {name: value for name, value in asked.items() if value}

    def assignments_request(self, policy_id: str) -> tuple[str, Mapping[str, str]]:
        """Return path and parameters of the request that reads the assignments of one policy."""
        if self.assignments_in_item:
            return self.item_path(policy_id), {"$expand": "assignments"}
        return self.item_path(policy_id, "assignments"), _NO_PARAMS

    def item_path(self, policy_id: str, *segments: str) -> str:
        """Return the path of one policy, or of something below it."""
        return f"{self.path}/{path_of(policy_id, *segments)}"


SETTINGS = SubResource("settings", page_size=LARGEST_PAGE)
