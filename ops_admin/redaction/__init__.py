"""Takes secrets and personal data out of texts: for the ledger, its context and the server's log (R7, R8, R39). Pure.

This is the last fence, not the first: callers pass texts of their own, never those of the other side.
See docs/adr/0025-redaction.md.
"""

from collections.abc import Iterable, Iterator, Mapping

from ops_admin.redaction.patterns import ADDRESS, NAMED, PAYLOADS, REDACTED, TOKENS, Rule, is_secret_name, opaque_words
from ops_admin.redaction.views import View, joined, views, wrapped

LONGEST_MESSAGE = 200
LONGEST_READ = 4_000
LONGEST_LOGGED = 20_000
# A text that was wrapped in base64 may hold another one.
_DEEPEST = 5

Span = tuple[int, int, str]


def redact(text: str) -> str:
    """Return `text`, tracebacks included, without secrets and personal data: for the server's log (R7)."""
    # Opaque words stay: the paths in a traceback are such.
    text = _cut(text, LONGEST_LOGGED)
    return _without(text, _secrets(text))


def sanitise(message: str) -> str:
    """Return at most 200 characters of `message` without anything that a ledger must not keep.

    Removed: tokens, secrets, passwords, cookies, connection strings, e-mail addresses, URLs, JSON, tracebacks.
    """
    text = _cut(message, LONGEST_READ)
    text = _without(text, [*_secrets(text), *_payloads(text), *_opaque(text)])
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split()).rstrip(" :,-")
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def scrub_context(context: Mapping[str, object]) -> dict[str, object]:
    """Return a run's context as it may be stored (R8): the same, its texts redacted at every depth.

    What stands under a name that tells a secret ("client_secret") is redacted whole.
    """
    return {redact(str(key)): _scrubbed(str(key), value) for key, value in context.items()}


def _scrubbed(name: str, value: object) -> object:
    if isinstance(value, str):
        return REDACTED if is_secret_name(name) else redact(value)
    if isinstance(value, Mapping):
        return scrub_context(value)
    if isinstance(value, list | tuple):
        return [_scrubbed(name, each) for each in value]
    return value


def _secrets(text: str, depth: int = 0) -> Iterator[Span]:
    for view in views(text):
        yield from _found(view, (*NAMED, *TOKENS))
        whole = joined(view)
        if whole.text != view.text:
            yield from _found(whole, (*TOKENS, ADDRESS))
        if depth < _DEEPEST:
            for span, said in wrapped(view):
                if any(_secrets(said, depth + 1)):
                    yield (*span, REDACTED)


def _payloads(text: str) -> Iterator[Span]:
    for view in views(text):
        yield from _found(view, PAYLOADS)


def _opaque(text: str) -> Iterator[Span]:
    for view in views(text):
        for start, end in opaque_words(view.text):
            yield (*view.span(start, end), REDACTED)


def _found(view: View, rules: Iterable[Rule]) -> Iterator[Span]:
    for rule in rules:
        for match in filter(rule.accepts, rule.pattern.finditer(view.text)):
            yield (*view.span(*match.span()), rule.replacement)


def _without(text: str, spans: Iterable[Span]) -> str:
    """Put the replacements in place; of those that overlap, the one that begins first speaks for all."""
    kept: list[str] = []
    at = 0
    for start, end, replacement in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= at:
            kept += [text[at:start], replacement]
        at = max(at, end)
    return "".join([*kept, text[at:]])


def _cut(text: str, longest: int) -> str:
    """Return the beginning of a long text, up to the last whole word: half a secret is not known for one."""
    if len(text) <= longest:
        return text
    begin = text[:longest]
    last_word = begin.rsplit(None, 1)
    return last_word[0] if len(last_word) > 1 else REDACTED
