"""How somebody who looks for a secret would read what the console shows: every usual decoding, over and over.

Written apart from the product's own views, with other means, so that one mistake is not made in both.
"""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

LOOKALIKES = str.maketrans("\u0430\u0435\u043e\u0440\u0441\u0443\u0445", "aeopcyx")
# So many letters in a row of a secret are a part of it that somebody can use; fewer may be there by chance.
TELLING = 7


def readings(text: str) -> Iterator[str]:
    """Return the text in each way in which it can be read."""
    for _ in range(6):
        yield text
        bare = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
        yield unicodedata.normalize("NFKC", bare).translate(LOOKALIKES)
        yield from _unpacked(text)
        text = html.unescape(unquote(_unescaped(text)))


def leaked(secret: str, text: str) -> str | None:
    """Return a telling part of `secret` that can be read in `text`; None: nothing of it is left."""
    return leaks([secret], text).get(secret)


def leaks(secrets: Iterable[str], text: str) -> dict[str, str]:
    """Return the secrets that can be read in `text`, each with a telling part of it."""
    parts = {part: secret for secret in secrets for part in _runs_of(secret, min(TELLING, len(secret)))}
    sizes = {len(part) for part in parts}
    return {
        parts[found]: found
        for reading in readings(text)
        for size in sizes
        for found in parts.keys() & _runs_of(reading, size)
    }


def _runs_of(text: str, size: int) -> set[str]:
    """Every run of so many letters in the text."""
    return {text[at : at + size] for at in range(len(text) - size + 1)}


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)


def _unpacked(text: str, depth: int = 5) -> Iterator[str]:
    for word in re.findall(r"[A-Za-z0-9+/_-]{8,}", text):
        for unpack in (_from_base64, bytes.fromhex):
            try:
                said = unpack(word).decode("latin-1")
            except (binascii.Error, ValueError):
                continue
            yield said
            if depth:
                yield from _unpacked(said, depth - 1)


def _from_base64(word: str) -> bytes:
    word = word.replace("-", "+").replace("_", "/")
    return base64.b64decode(word + "=" * (-len(word) % 4))
