"""A text as another reader might see it: decoded, without invisible characters, without line breaks. Pure.

Each view remembers the positions of its characters in the original, so that a match can be removed from the original
while the rest stays as written.
"""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

# A value may be encoded more than once: a URL in the query of a URL in JSON.
MOST_ROUNDS = 6

# One decoding step: sequences that a reader or the next program takes for other characters.
_WRITTEN_OTHERWISE = re.compile(
    r"%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%[0-7][0-9a-f]|\\+u[0-9a-f]{4}|\\+x[0-9a-f]{2}|\\+[\"'/\\]|&(?:#x?[0-9a-f]{1,6}|quot|amp|apos|lt|gt);|[^\x00-\x7f]",
    re.I,
)
_LINE_BREAK = re.compile(r"[ \t]*(?:\r?\n|\\+r\\+n|\\+n)[ \t]*")
_WRAPPED = re.compile(r"(?<![\w+/-])[\w+/-]{12,}={0,2}", re.A)
_HEX = re.compile(r"[0-9a-fA-F]+")
# Letters of other alphabets that look like those in the names and schemes of our rules.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһѡԛкмтвАВЕКМНОРСТХІЅЈαορτνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhwqkmtbABEKMHOPCTXISJaoptvikABEZHIKMNOPTYX",
)


@dataclass(frozen=True)
class View:
    """One reading of a text. Its character `i` stands for the original from `starts[i]` to `ends[i]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the original of the characters from `start` to `end`."""
        return self.starts[start], self.ends[end - 1]


def views(text: str) -> Iterator[View]:
    """Yield the text itself and every decoded form that differs from it."""
    view = View(text, range(len(text)), range(1, len(text) + 1))
    yield view
    for _ in range(MOST_ROUNDS):
        decoded = _replace(view, _WRITTEN_OTHERWISE, _decode)
        if decoded.text == view.text:
            break
        view = decoded
        yield view


def joined(view: View) -> View:
    """Return the view without line breaks, so that a token broken across lines is whole again."""
    return _replace(view, _LINE_BREAK, lambda _: "")


def wrapped(view: View) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield what is encoded in base64 or hex: its span in the original and the decoded text."""
    for match in _WRAPPED.finditer(view.text):
        unpacked = unpack(match[0])
        if unpacked is not None:
            yield view.span(*match.span()), unpacked


def _replace(view: View, pattern: re.Pattern[str], meaning: Callable[[str], str]) -> View:
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for match in pattern.finditer(view.text):
        said = meaning(match[0])
        start, end = view.span(*match.span())
        letters += [view.text[at : match.start()], said]
        starts += [*view.starts[at : match.start()], *[start] * len(said)]
        ends += [*view.ends[at : match.start()], *[end] * len(said)]
        at = match.end()
    rest = slice(at, None)
    return View("".join([*letters, view.text[rest]]), [*starts, *view.starts[rest]], [*ends, *view.ends[rest]])


def _decode(written: str) -> str:
    if written[0] == "%":
        return unquote(written)
    if written[0] == "&":
        return html.unescape(written)
    if written[0] == "\\":
        code = written.lstrip("\\")
        return chr(int(code[1:], 16)) if code[:1] in "uUxX" and code else (code or "\\")
    return _plain_letter(written)


def _plain_letter(letter: str) -> str:
    if unicodedata.category(letter) in ("Cf", "Mn"):
        return ""
    if letter.isspace() or unicodedata.category(letter) == "Zs":
        return " "
    plain = unicodedata.normalize("NFKC", letter).translate(_LOOKALIKES)
    return plain if plain.isascii() else letter


def unpack(word: str) -> str | None:
    """Return the text that `word` encodes in base64 or hex, or None if that is not readable text."""
    try:
        if _HEX.fullmatch(word) and len(word) % 2 == 0:
            data = bytes.fromhex(word)
        else:
            bare = word.rstrip("=").replace("-", "+").replace("_", "/")
            data = base64.b64decode(bare + "=" * (-len(bare) % 4))
        said = data.decode()
    except (binascii.Error, ValueError):
        return None
    return said if _is_readable(said) else None


def _is_readable(text: str) -> bool:
    """Say whether this could be meant for a reader. Odd spaces and invisible letters could: they hide secrets."""
    return all(letter.isspace() or unicodedata.category(letter) != "Cc" for letter in text)
