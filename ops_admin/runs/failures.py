"""Why something failed: registered codes, and messages that carry no secret and no payload (R7)."""

import logging
from collections.abc import Iterable, Mapping

from ops_admin.redaction import redact as redact
from ops_admin.redaction import sanitise as sanitise
from ops_admin.runs.ledger import Failure

MOST_ENTRIES = 20
UNEXPECTED = "unexpected_error"
MORE = "more"

logger = logging.getLogger(__name__)

_explanations: dict[str, object] = {}


class OperationFailed(Exception):
    """A handler's way to say why it cannot go on; `code` is registered, `public_message` may be shown."""

    def __init__(self, code: str, public_message: str = "") -> None:
        super().__init__(f"{code}: {public_message}")
        self.code = code
        self.public_message = public_message


def register_codes(explanations: Mapping[str, object]) -> None:
    """Make codes known, each with an explanation for the reader (text or a lazy translation)."""
    _explanations.update(explanations)


def is_registered(code: object) -> bool:
    """Whether `code` is a stable reason that a run may carry."""
    return code in _explanations


def explain(code: str) -> str:
    """Return the explanation of `code`; empty for one that an old row holds and nobody knows any more."""
    return str(_explanations.get(code, ""))


def failure_of(error: BaseException) -> Failure:
    """Translate an exception into what a run may say of it.

    An exception with a registered `code` says it itself, with its `public_message`; any other is an
    `unexpected_error` with the name of its class. Its full text belongs into the server's log.
    """
    code = getattr(error, "code", None)
    if isinstance(code, str) and is_registered(code):
        return Failure(code, sanitise(str(getattr(error, "public_message", ""))))
    return Failure(UNEXPECTED, type(error).__name__)


class FailureLog:
    """The failures of one attempt: equal ones merged, at most 20 kept, the rest counted (R7)."""

    def __init__(self) -> None:
        self.total = 0
        self._counted: dict[tuple[str, str], int] = {}
        self._more = 0

    def add(self, failure: Failure) -> None:
        """Take one failure in; its message is sanitised here."""
        count = max(1, int(failure.count))
        self.total += count
        key = (_code(failure.code), sanitise(failure.message))
        if key in self._counted or len(self._counted) < MOST_ENTRIES:
            self._counted[key] = self._counted.get(key, 0) + count
        else:
            self._more += count

    def entries(self) -> tuple[Failure, ...]:
        """Return what a run stores."""
        kept = tuple(Failure(code, message, count) for (code, message), count in self._counted.items())
        return (*kept, Failure(MORE, f"and {self._more} more", self._more)) if self._more else kept


def normalise(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Merge equal failures, sanitise what they say, and keep at most 20 with one "and N more" at the end."""
    log = FailureLog()
    for failure in failures:
        log.add(failure)
    return log.entries()


def _code(code: str) -> str:
    if is_registered(code):
        return code
    logger.error("failure code %.60r is not registered", code)
    return UNEXPECTED
