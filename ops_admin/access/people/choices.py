"""A group found by a search, as signed text that the page sends back.

So the page that grants the role needs no network call to know that the group exists and what it is called.
"""

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from ops_admin.access.people.groups import Group

_SALT = "ops_admin.access.group-choice"
_SECONDS = 3600


class InvalidChoice(ValueError):
    """The text is not a group that was recently found in this tenant."""


def write_choice(tenant_id: int, group: Group) -> str:
    """Return the signed text for a group of that tenant."""
    return str(_serializer().dumps([tenant_id, group.external_id, group.name]))


def read_choice(tenant_id: int, text: str) -> Group:
    """Return the group that was found; raises InvalidChoice."""
    try:
        found_in, external_id, name = _serializer().loads(text, max_age=_SECONDS)
    except (BadData, ValueError, TypeError) as bad:
        raise InvalidChoice from bad
    if found_in != tenant_id:
        raise InvalidChoice
    return Group(str(external_id), str(name))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=_SALT)
