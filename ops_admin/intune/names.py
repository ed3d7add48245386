"""Cleans names from Graph so that both database engines can store, search and sort them."""

import unicodedata

from sqlalchemy import String

LONGEST_NAME = 500

# Sorted by code point on both engines, so that keyset pages are the same on each.
SearchKey = String(LONGEST_NAME).with_variant(String(LONGEST_NAME, collation="C"), "postgresql")


def clean_name(value: object) -> str | None:
    """Return the name in one line of at most 500 characters, or None when nothing readable is left."""
    if not isinstance(value, str):
        return None
    # Control characters are invisible, and PostgreSQL stores neither NUL nor lone surrogates.
    readable = "".join(char if unicodedata.category(char) not in ("Cc", "Cs") else " " for char in value)
    return " ".join(readable.split())[:LONGEST_NAME].strip() or None


def search_key_of(name: str) -> str:
    """Return the key by which `name` is searched and sorted: without case and typographic variants."""
    return unicodedata.normalize("NFKC", name).casefold()[:LONGEST_NAME]
