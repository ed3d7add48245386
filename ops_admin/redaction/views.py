"""A text as somebody else might read it: decoded, without invisible letters, without line breaks. Pure.

Each view remembers where its letters stand in the original: what is found in it can be taken out of the original, and
the rest stays as it was written.
"""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

# A value may be wrapped more than once: a URL in a query of a URL in JSON.
MOST_ROUNDS = 6

# One step each: what a reader, or the next program, takes for something else than what is written.
_WRITTEN_OTHERWISE = re.compile(
    r"%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%[0-7][0-9a-f]|\\+u[0-9a-f]{4}|\\+x[0-9a-f]{2}|\\+[\"'/\\]|&(?:#x?[0-9a-f]{1,6}|quot|amp|apos|lt|gt);|[^\x00-\x7f]",
    re.I,
)
_LINE_BREAK = re.compile(r"[ \t]*(?:\r?\n|\\+r\\+n|\\+n)[ \t]*")
_WRAPPED = re.compile(r"(?<![\w+/-])[\w+/-]{12,}={0,2}", re.A)
_HEX = re.compile(r"[0-9a-fA-F]+")
# The letters of other alphabets that look like ours, in the names and schemes that our rules know.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһѡԛкмтвАВЕКМНОРСТХІЅЈαορτνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhwqkmtbABEKMHOPCTXISJaoptvikABEZHIKMNOPTYX",
)


@dataclass(frozen=True)
class View:
    """A reading of a text; its letter `i` stands for what the original holds from `starts[i]` to `ends[i]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original the letters from `start` to `end` stand."""
        return self.starts[start], self.ends[end - 1]


def views(text: str) -> Iterator[View]:
    """Return the text itself, and each other reading that differs from it."""
    view = View(text, range(len(text)), range(1, len(text) + 1))
    yield view
    for _ in range(MOST_ROUNDS):
        decoded = _replace(view, _WRITTEN_OTHERWISE, _decode)
        if decoded.text == view.text:
            break
        view = decoded
        yield view


def joined(view: View) -> View:
    """Return the view without its line breaks: a token that was broken in two is whole again."""
    return _replace(view, _LINE_BREAK, lambda _: "")


def wrapped(view: View) -> Iterator[tuple[tuple[int, int], str]]:
    """Return what is packed in base64 or hex: where it stands in the original, and what it says."""
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
    """Return the text that `word` holds in base64 or hex, if it is one that can be read."""
    try:
        if _HEX.fullmatch(word) and len(word) % 2 == 0:
            data = bytes.fromhex(word)
        else:
            bare = word.rstrip("=").replace("-", "+").replace("_", "/")
            data = base64.b64decode(bare + "=" * (-len(bare) % 4))
        said = data.decode()
    except (binascii.Error, ValueError):
        return None
    return said if said.isprintable() or "\n" in said else None
