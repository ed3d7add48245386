"""Names as they are stored and searched: whatever Graph sends, both engines can hold and order it."""

import unicodedata

from sqlalchemy import String

LONGEST_NAME = 500

# Ordered by code point on both engines, so that a keyset page means the same on each.
SearchKey = String(LONGEST_NAME).with_variant(String(LONGEST_NAME, collation="C"), "postgresql")


def clean_name(value: object) -> str | None:
    """Return a name of at most 500 characters in one line; None when nothing readable is left of it."""
    if not isinstance(value, str):
        return None
    # Control characters and lone surrogates cannot be stored (PostgreSQL) or seen.
    readable = "".join(char if unicodedata.category(char) not in ("Cc", "Cs") else " " for char in value)
    return " ".join(readable.split())[:LONGEST_NAME].strip() or None


def search_key_of(name: str) -> str:
    """Return `name` as it is searched and ordered: without case and without typographic variants."""
    return unicodedata.normalize("NFKC", name).casefold()[:LONGEST_NAME]
