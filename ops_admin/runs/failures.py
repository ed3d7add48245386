"""Why something failed: registered codes, and messages that carry no secret and no payload (R7)."""

import logging
import re
from collections.abc import Iterable, Mapping

from ops_admin.runs.ledger import Failure

MOST_ENTRIES = 20
LONGEST_MESSAGE = 200
LONGEST_LOGGED = 20_000
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


_REDACTED = "[redacted]"
# Every repetition is bounded or cannot give back what it took: a long line must not cost more than its length. What
# stands before the telling part of a name ("client_") tells nothing and stays.
_WORD = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|(?:api|account|access)[-_ ]?key|credential|cookie"
    r"|authori[sz]ation|signature|session[-_ ]?id|sig|code_verifier|assertion)[\w.-]{0,64}+"
)
_Rule = tuple[re.Pattern[str], str]
_RULES: tuple[_Rule, ...] = (
    # From the first sign of a traceback, of PEM or of JSON on, nothing that follows is for a reader.
    (re.compile(r"Traceback \(most recent call last\).*", re.S), ""),
    (re.compile(r"-----BEGIN.*", re.S), _REDACTED),
    (re.compile(r"[{\[]\s*\\*[\"'].*", re.S), ""),
    (re.compile(r"\b(?:set-)?cookie\s*:.*", re.I), _REDACTED),
    (re.compile(r"\b(?:bearer|basic)\s+[\w.~+/=-]+", re.I), _REDACTED),
    (re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://[^\s/@:]*+:[^\s/@]*+@\S*", re.I), _REDACTED),
    (re.compile(r"\b[\w ]{1,40}+=[^;\s]{0,500}+(?:;[\w ]{1,40}+=[^;]*+)++;?"), _REDACTED),
    (re.compile(_WORD + r"[\"']?\s*(?:=>|=|:|\bis\b)\s*(?:\"[^\"]*\"|'[^']*'|[^\s;,&]+)", re.I), _REDACTED),
    (re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40)[\w-]{1,63}+(?:\.[\w-]{1,63}+)++"), _REDACTED),
    (re.compile(r"\beyJ[\w-]+(?:\.[\w-]*){0,4}"), _REDACTED),
    (re.compile(r"https?://\S+", re.I), ""),
)
# A long opaque word is more likely a key than prose; ids in the form of a UUID say which thing failed.
_OPAQUE: _Rule = (
    re.compile(
        r"(?<![\w+/=~.-])(?![0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-]))(?=[\w+/=~.-]*\d)[\w+/=~.-]{24,}",
        re.I,
    ),
    _REDACTED,
)


def redact(text: str) -> str:
    """Return `text`, tracebacks included, without secrets and personal data: for the server's log (R7)."""
    text = text[:LONGEST_LOGGED]
    # Opaque words stay: the paths in a traceback are such.
    for pattern, replacement in _RULES:
        if replacement == _REDACTED:
            text = pattern.sub(replacement, text)
    return text


def sanitise(message: str) -> str:
    """Return at most 200 characters of `message` without anything that a ledger must not keep.

    Removed: tokens, secrets, passwords, cookies, connection strings, e-mail addresses, URLs, JSON, tracebacks. This is
    the last fence, not the first: callers pass texts of their own, never those of the other side.
    """
    text = message[: LONGEST_MESSAGE * 20]
    for pattern, replacement in (*_RULES, _OPAQUE):
        text = pattern.sub(replacement, text)
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split()).rstrip(" :,-")
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"
