"""The people of a simulated directory: who can sign in, and their groups."""

from __future__ import annotations

from dataclasses import dataclass, field

from ops_admin.simulator.shapes import Document


@dataclass
class Person:
    """An account of one tenant. `groups` are direct memberships; groups may be nested (`Tenant.parents`)."""

    id: str
    display_name: str
    user_principal_name: str
    groups: list[str] = field(default_factory=list)

    def card(self) -> Document:
        """Return the account as `/me` shows it."""
        given, _, surname = self.display_name.partition(" ")
        return {
            "id": self.id,
            "businessPhones": [],
            "displayName": self.display_name,
            "givenName": given,
            "jobTitle": None,
            "mail": self.user_principal_name,
            "mobilePhone": None,
            "officeLocation": None,
            "preferredLanguage": None,
            "surname": surname,
            "userPrincipalName": self.user_principal_name,
        }


def all_groups_of(person: Person, parents: dict[str, list[str]]) -> list[str]:
    """Return the ids of the person's groups, direct and nested, without duplicates."""
    found: list[str] = []
    waiting = list(person.groups)
    while waiting:
        group_id = waiting.pop(0)
        if group_id not in found:
            found.append(group_id)
            waiting.extend(parents.get(group_id, []))
    return found
