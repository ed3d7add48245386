"""People of the demo tenants: an administrator, a help desk worker, and somebody without groups."""

from __future__ import annotations

from ops_admin.simulator.demo.groups import contoso_group, fabrikam_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.people import Person

ADMINISTRATORS = "Intune - Endpoint Administrators"
HELP_DESK = "Intune - Help Desk"
EVERYBODY = "All Employees"


def contoso_people() -> list[Person]:
    """Ada is the administrator, Henk works on the help desk, Nora is new and in no group."""
    return [
        _person("contoso", "Ada Admin", contoso_group(ADMINISTRATORS), contoso_group(EVERYBODY)),
        _person("contoso", "Henk Helpdesk", contoso_group(HELP_DESK)),
        _person("contoso", "Nora New"),
    ]


def contoso_parents() -> dict[str, list[str]]:
    """The help desk group is a member of the all-employees group: an indirect membership."""
    return {contoso_group(HELP_DESK): [contoso_group(EVERYBODY)]}


def fabrikam_people() -> list[Person]:
    """One administrator."""
    return [_person("fabrikam", "Frank Fabrikam", fabrikam_group(ADMINISTRATORS))]


def _person(tenant: str, name: str, *groups: str) -> Person:
    address = f"{name.lower().replace(' ', '.')}@{tenant}.onmicrosoft.com"
    return Person(demo_id(tenant, "people", name), name, address, list(groups))
