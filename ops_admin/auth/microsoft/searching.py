"""The result of a group search, as the Access page shows it."""

from dataclasses import dataclass

from ops_admin.access.people.choices import write_choice
from ops_admin.access.people.groups import Group
from ops_admin.access.people.queries import list_group_grants
from ops_admin.access.queries import Tenant
from ops_admin.auth.microsoft.labels import Problem
from ops_admin.auth.microsoft.links import write_link
from ops_admin.auth.microsoft.outbound.groups import Found


@dataclass(frozen=True)
class Row:
    """A group that can be selected, unless it grants a role already."""

    external_id: str
    name: str
    description: str
    choice: str
    grants_already: bool


@dataclass(frozen=True)
class Answer:
    """The result of a search, or the problem; `more` is the signed link to the next page."""

    query: str
    rows: tuple[Row, ...] = ()
    more: str | None = None
    problem: Problem | None = None


def answer_of(tenant: Tenant, query: str, found: Found) -> Answer:
    """Return what Graph found, with each group as a signed choice."""
    taken = {grant.external_id for grant in list_group_grants(tenant.id)}
    rows = tuple(
        Row(
            group.external_id,
            group.name,
            group.description,
            write_choice(tenant.id, Group(group.external_id, group.name)),
            group.external_id.lower() in taken,
        )
        for group in found.groups
    )
    return Answer(query, rows, write_link(tenant.id, found.next_link) if found.next_link else None)
