"""Errors of Microsoft Graph and their stable failure codes."""

import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

UNAUTHORIZED = "graph.unauthorized"
FORBIDDEN = "graph.forbidden"
NOT_FOUND = "graph.not_found"
CONFLICT = "graph.conflict"
BAD_REQUEST = "graph.bad_request"
APPROVAL_REQUIRED = "graph.approval_required"
THROTTLED = "graph.throttled"
UNAVAILABLE = "graph.unavailable"
TIMEOUT = "graph.timeout"
UNEXPECTED_RESPONSE = "graph.unexpected_response"
CREDENTIAL_UNREADABLE = "graph.credential_unreadable"

REFUSALS = frozenset({FORBIDDEN, NOT_FOUND, BAD_REQUEST})
"""What Graph does not tell an app that may not read it, or in a cloud that does not know it: asking again is no use."""


def N_(message: str) -> str:  # noqa: N802 - the name that gettext's extractors look for
    """Mark a text for translation without importing the web framework here."""
    return message


FAILURE_CODES: Mapping[str, str] = MappingProxyType(
    {
        UNAUTHORIZED: N_(
            "Microsoft did not accept the app's credentials for this tenant. Check the application id, that its secret "
            "or certificate is registered and has not expired, and that the app is consented to there."
        ),
        FORBIDDEN: N_(
            "The app may not do this in the tenant. Grant the missing Microsoft Graph permission and consent to it."
        ),
        NOT_FOUND: N_("Microsoft Graph does not know this object. It was probably deleted meanwhile."),
        CONFLICT: N_("The object was changed by someone else at the same time, or already exists."),
        BAD_REQUEST: N_("Microsoft Graph did not accept the request as it was sent."),
        APPROVAL_REQUIRED: N_(
            "The tenant asks for a second administrator's approval before this change is made. Let one approve it "
            "in the Intune admin center (Multi Admin Approval), or exempt the app there; then start again."
        ),
        THROTTLED: N_("Microsoft Graph asked to slow down for longer than this operation may wait. Try again later."),
        UNAVAILABLE: N_("Microsoft Graph could not be reached, or said that it cannot serve requests now."),
        TIMEOUT: N_("Microsoft Graph did not answer in time."),
        UNEXPECTED_RESPONSE: N_("Microsoft Graph answered with something that is not what its documentation promises."),
        CREDENTIAL_UNREADABLE: N_(
            "The stored credential cannot be read. Enter the tenant's credential again; if it is the console's own "
            "certificate, `ops-admin doctor` says what is wrong with it."
        ),
    }
)

_CODES_BY_STATUS = {
    400: BAD_REQUEST,
    401: UNAUTHORIZED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    408: TIMEOUT,
    409: CONFLICT,
    410: NOT_FOUND,
    412: CONFLICT,
    423: CONFLICT,
    429: THROTTLED,
}
_MULTI_ADMIN_APPROVAL = b"x-msft-approval-justification"
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


class Repeat(Enum):
    """Whether the same request may be sent again after this failure."""

    NEVER = "never"
    IF_IDEMPOTENT = "if_idempotent"
    """The first request may have been carried out."""
    ALWAYS = "always"
    """The first request was not carried out."""


_REPEATS_BY_STATUS = {
    429: Repeat.ALWAYS,
    502: Repeat.IF_IDEMPOTENT,
    # A gateway answers 503 as well when the service is late, even if the service did carry out the request.
    503: Repeat.IF_IDEMPOTENT,
    504: Repeat.IF_IDEMPOTENT,
}


class GraphError(Exception):
    """A failed call. A run may store `code` and `public_message`.

    Graph's own message is never kept: Intune puts JSON with addresses and ids in it (R7). `request_id` is for
    the log.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        graph_code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        repeat: Repeat = Repeat.NEVER,
    ) -> None:
        self.code = code
        self.status = status
        self.graph_code = graph_code
        self.request_id = request_id
        self.retry_after = retry_after
        self.repeat = repeat
        super().__init__(code, status, graph_code, request_id)

    @property
    def public_message(self) -> str:
        """One short sentence that is safe to store and to show."""
        first_sentence = FAILURE_CODES[self.code].split(". ")[0].rstrip(".")
        return f"{first_sentence} (HTTP {self.status})." if self.status else f"{first_sentence}."

    def __str__(self) -> str:
        details = (f"HTTP {self.status}" if self.status else None, self.graph_code, self.request_id)
        return " ".join([self.code, *(detail for detail in details if detail)])


def code_of_status(status: int) -> str:
    """Return the failure code for an HTTP status other than 2xx."""
    if status in _CODES_BY_STATUS:
        return _CODES_BY_STATUS[status]
    if status >= 500:
        return UNAVAILABLE
    return BAD_REQUEST if status >= 400 else UNEXPECTED_RESPONSE


def error_of_status(status: int, body: bytes, envelope: object, retry_after: float | None) -> GraphError:
    """Build the error for a response other than 2xx.

    `envelope` is the JSON of the body, or None. The error depends on status and code, never on Graph's message;
    `body` is only searched for the name of the approval header, the one sign of Multi Admin Approval.
    """
    needs_approval = status in (400, 403) and _MULTI_ADMIN_APPROVAL in body.lower()
    error = _object(_object(envelope).get("error"))
    inner = _object(error.get("innerError") or error.get("innererror"))
    return GraphError(
        APPROVAL_REQUIRED if needs_approval else code_of_status(status),
        status=status,
        graph_code=_plain_word(error.get("code")),
        request_id=_plain_word(inner.get("request-id")),
        retry_after=retry_after,
        repeat=_REPEATS_BY_STATUS.get(status, Repeat.NEVER),
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _plain_word(value: object) -> str | None:
    """Return a code or an id, or None for anything longer, which may be a payload."""
    return value if isinstance(value, str) and _PLAIN_WORD.fullmatch(value) else None
