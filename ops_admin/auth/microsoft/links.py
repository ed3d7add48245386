"""The link to a search's next page, signed for its way through the browser and valid for one tenant only."""

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

_SALT = "ops_admin.auth.microsoft.next-page"
_SECONDS = 3600


def write_link(tenant_id: int, link: str) -> str:
    """Return the signed text for a next link of Graph."""
    return str(_serializer().dumps([tenant_id, link]))


def read_link(tenant_id: int, text: str) -> str | None:
    """Return the link; None if the text is forged, for another tenant, or too old."""
    try:
        found_in, link = _serializer().loads(text, max_age=_SECONDS)
    except (BadData, ValueError, TypeError):
        return None
    return str(link) if found_in == tenant_id else None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=_SALT)
