"""Rendering of a tenant's Access page, with or without a search result."""

from dataclasses import dataclass, field, replace

from flask import render_template

from ops_admin.access.capabilities import Role
from ops_admin.access.connections import find_connection
from ops_admin.access.people.labels import ROLE_HINTS, ROLE_LABELS
from ops_admin.access.people.queries import list_candidates, list_group_grants, list_people
from ops_admin.access.queries import Tenant

MOST_CANDIDATES = 200


@dataclass(frozen=True)
class AddForm:
    """The input of the form that adds a person, and its errors by field."""

    email: str = ""
    role: str = str(Role.READONLY)
    errors: dict[str, str] = field(default_factory=dict)

    def refused(self, name: str, error: str) -> "AddForm":
        """Return the form with an error on a field."""
        return replace(self, errors={name: error})


def access_page(tenant: Tenant, form: AddForm | None = None, found: object | None = None) -> str:
    """Return the page; `found` is the result of a search, for browsers without JavaScript."""
    return render_template(
        "access/people/show.html",
        tenant=tenant,
        people=list_people(tenant),
        candidates=list_candidates(tenant, MOST_CANDIDATES),
        grants=list_group_grants(tenant.id),
        form=form or AddForm(),
        labels=ROLE_LABELS,
        hints=ROLE_HINTS,
        connection=find_connection(tenant.id),
        answer=found,
    )
