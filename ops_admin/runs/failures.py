"""Why something failed: registered codes, and messages without secrets or payloads (R7)."""

import logging
from collections.abc import Collection, Iterable, Mapping

from ops_admin.redaction import sanitise
from ops_admin.runs.ledger import Failure

MOST_ENTRIES = 20
MOST_OF_A_CODE = 100
UNEXPECTED = "unexpected_error"
MORE = "more"

logger = logging.getLogger(__name__)

_explanations: dict[str, object] = {}


class OperationFailed(Exception):
    """Raised by a handler that cannot continue. `code` is registered; `public_message` is safe to show."""

    def __init__(self, code: str, public_message: str = "") -> None:
        super().__init__(f"{code}: {public_message}")
        self.code = code
        self.public_message = public_message


def register_codes(explanations: Mapping[str, object]) -> None:
    """Register codes, each with an explanation for readers (text or a lazy translation)."""
    _explanations.update(explanations)


def is_registered(code: object) -> bool:
    """Whether `code` is a registered failure code."""
    return code in _explanations


def explain(code: str) -> str:
    """Return the explanation of `code`, or an empty string for an unknown code from an old row."""
    return str(_explanations.get(code, ""))


def failure_of(error: BaseException) -> Failure:
    """Translate an exception into the failure that a run records.

    An exception with a registered `code` keeps that code and its `public_message`. Any other becomes `unexpected_error`
    with its class name; its full text goes to the server log only.
    """
    code = getattr(error, "code", None)
    if isinstance(code, str) and is_registered(code):
        return Failure(code, sanitise(str(getattr(error, "public_message", ""))))
    return Failure(UNEXPECTED, type(error).__name__)


class FailureLog:
    """The failures of one attempt. Equal ones are merged, at most 20 are kept, the rest are counted (R7).

    `names` are people's names, which no message may contain. With `any_code` codes need not be registered.
    """

    def __init__(self, names: Collection[str] = (), *, any_code: bool = False) -> None:
        self.total = 0
        self._names = names
        self._any_code = any_code
        self._counted: dict[tuple[str, str], int] = {}
        self._more = 0

    def add(self, failure: Failure) -> None:
        """Add a failure. Its message is sanitised here."""
        count = max(1, int(failure.count))
        self.total += count
        code = sanitise(failure.code, self._names)[:MOST_OF_A_CODE] if self._any_code else _code(failure.code)
        key = (code, sanitise(failure.message, self._names))
        if key in self._counted or len(self._counted) < MOST_ENTRIES:
            self._counted[key] = self._counted.get(key, 0) + count
        else:
            self._more += count

    def entries(self) -> tuple[Failure, ...]:
        """Return the entries to store with the run."""
        kept = tuple(Failure(code, message, count) for (code, message), count in self._counted.items())
        return (*kept, Failure(MORE, f"and {self._more} more", self._more)) if self._more else kept


def normalise(
    failures: Iterable[Failure], names: Collection[str] = (), *, any_code: bool = False
) -> tuple[Failure, ...]:
    """Merge equal failures, sanitise their messages, and keep at most 20, followed by one "and N more".

    `names` are people's names, which no message may contain. With `any_code` codes are kept as they are: those of an
    earlier system are none that the console knows (R9).
    """
    log = FailureLog(names, any_code=any_code)
    for failure in failures:
        log.add(failure)
    return log.entries()


def as_json(failures: Iterable[Failure]) -> list[dict[str, object]]:
    """Return failures as a run stores them."""
    return [{"code": each.code, "message": each.message, "count": each.count} for each in failures]


def _code(code: str) -> str:
    if is_registered(code):
        return code
    logger.error("failure code %.60r is not registered", code)
    return UNEXPECTED
