"""Removes secrets and personal data from text for the ledger, its context and the server log (R7, R8, R39). Pure.

This is the last line of defence, not the first: callers pass their own texts, never those of a remote service. See
docs/adr/0025-redaction.md.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from ops_admin.redaction.contacts import MACHINES, PHONES
from ops_admin.redaction.names import rules_for, spoken_of
from ops_admin.redaction.patterns import ADDRESS, NAMED, PAYLOADS, REDACTED, TOKENS, Rule, is_secret_name, opaque_words
from ops_admin.redaction.views import View, joined, views, wrapped

LONGEST_MESSAGE = 200
LONGEST_READ = 4_000
LONGEST_LOGGED = 20_000
# Decoded base64 may itself contain more base64.
_DEEPEST = 5

Span = tuple[int, int, str]


def redact(text: str) -> str:
    """Return `text` without secrets and personal data, for the server log (R7). Tracebacks are kept."""
    # Opaque words stay, because the paths in a traceback look like them.
    text = _cut(text, LONGEST_LOGGED)
    return _without(text, _secrets(text))


def sanitise(message: str, names: Collection[str] = ()) -> str:
    """Return at most 200 characters of `message`, without anything that the ledger must not store.

    Removes tokens, secrets, passwords, cookies, connection strings, e-mail addresses, URLs, JSON, tracebacks, IP
    addresses, phone numbers, names after a word for a person ("user John Smith"), and `names` wherever they occur.
    """
    text = _cut(message, LONGEST_READ)
    personal = (*MACHINES, *PHONES, *spoken_of(), *rules_for(frozenset(names)))
    text = _without(text, [*_secrets(text), *_payloads(text), *_opaque(text), *_personal(text, personal)])
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split()).rstrip(" :,-")
    return text if len(text) <= LONGEST_MESSAGE else _shortened(text)


def scrub_context(context: Mapping[str, object]) -> dict[str, object]:
    """Return a run's context as it may be stored (R8), with all texts redacted at every depth.

    A text under a name that suggests a secret ("client_secret") is redacted entirely.
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
    yield from _matching(text, PAYLOADS)


def _personal(text: str, rules: Collection[Rule], depth: int = 0) -> Iterator[Span]:
    yield from _matching(text, rules)
    if depth < _DEEPEST:
        for view in views(text):
            yield from ((*span, REDACTED) for span, said in wrapped(view) if any(_personal(said, rules, depth + 1)))


def _matching(text: str, rules: Collection[Rule]) -> Iterator[Span]:
    for view in views(text):
        yield from _found(view, rules)


def _opaque(text: str) -> Iterator[Span]:
    for view in views(text):
        for start, end in opaque_words(view.text):
            yield (*view.span(start, end), REDACTED)


def _found(view: View, rules: Iterable[Rule]) -> Iterator[Span]:
    for rule in rules:
        for match in filter(rule.accepts, rule.pattern.finditer(view.text)):
            yield (*view.span(*match.span(rule.group)), rule.replacement)


def _without(text: str, spans: Iterable[Span]) -> str:
    """Replace the spans. Where spans overlap, the one that begins first wins and covers them all."""
    kept: list[str] = []
    at = 0
    for start, end, replacement in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= at:
            kept += [text[at:start], replacement]
        at = max(at, end)
    return "".join([*kept, text[at:]])


def _shortened(text: str) -> str:
    """Return as many whole words as fit, for half a name would not be known for one by whoever sanitises it again."""
    begin = text[: LONGEST_MESSAGE - 1]
    return (begin if text[LONGEST_MESSAGE - 1] == " " else begin.rsplit(" ", 1)[0]).rstrip() + "…"


def _cut(text: str, longest: int) -> str:
    """Return the beginning of a long text up to the last whole word, because half a secret is not recognised as one."""
    if len(text) <= longest:
        return text
    begin = text[:longest]
    last_word = begin.rsplit(None, 1)
    return last_word[0] if len(last_word) > 1 else REDACTED
