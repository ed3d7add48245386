"""A vault for tests that read from one tenant and write into another without the tables between them."""

import copy
from collections.abc import Mapping
from typing import Any

from ops_admin.infra.vault import Vault
from ops_admin.redaction.secret_marks import Masked, fill_in, mask, unknown_places
from ops_admin.redaction.secret_places import ENCRYPTED, REFERENCE, VALUE_STATE, secret_places, value_at


class OpenVault(Vault):
    """Remembers every secret that it gave a digest."""

    def __init__(self) -> None:
        super().__init__("the secret key of the tests")
        self.known: dict[str, Any] = {}

    def digest(self, value: object) -> str:
        """Return the digest, and remember the value."""
        digest = super().digest(value)
        self.known[digest] = value
        return digest


VAULT = OpenVault()
KNOWN: Mapping[str, Any] = VAULT.known
"""The secrets that clients with this vault have read, by digest."""


def as_read(document: dict[str, Any]) -> dict[str, Any]:
    """The document with marks in place of its secrets, as a client with this vault reads it."""
    return mask(document, VAULT.digest).content


def without_values(document: dict[str, Any]) -> dict[str, Any]:
    """The document as anybody sees it who knows of its secrets nothing but where they are."""
    found = copy.deepcopy(document)
    for place in secret_places(document):
        owner = value_at(found, place.path[:-1])
        owner[place.path[-1]] = "a secret"
        for name in (ENCRYPTED, REFERENCE, VALUE_STATE):
            owner.pop(name, None)
    return found


def completed(content: dict[str, Any], held: Mapping[str, str]) -> Masked:
    """What was read, with the secrets that Graph did not tell typed in; `held` are the tenant's, as it keeps them."""
    unknown = {place.pointer: value_at(content, place.path) for place in unknown_places(content, KNOWN)}
    keys = {pointer: str(shown or f"{content['id']}{pointer}") for pointer, shown in unknown.items()}
    return fill_in(content, {pointer: held[key] for pointer, key in keys.items()}, VAULT.digest)
