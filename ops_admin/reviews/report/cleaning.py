"""Cleaning of values for files: no e-mail address, no secret, no formula that a spreadsheet would execute. Pure."""

from datetime import datetime
from hashlib import sha256

from flask_babel import gettext as _

from ops_admin.redaction import redact
from ops_admin.redaction.patterns import ADDRESS, is_secret_name

LONGEST_VALUE = 300

# Some spreadsheets also accept the full-width forms, and ignore leading spaces.
_FORMULA = tuple(
    "=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)


def clean(value: object) -> str:
    """Return a text without e-mail addresses and invisible characters."""
    text = ADDRESS.pattern.sub(_("[address removed]"), str(value))
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def cell(value: object) -> object:
    """Return a value as a cell of a CSV file; a text that would be read as a formula gets a leading quote."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = stamp(value) if isinstance(value, datetime) else clean(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def plain(value: object) -> object:
    """Return a value for a JSON file."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return stamp(value) if isinstance(value, datetime) else clean(value)


def stamp(moment: datetime) -> str:
    """Return a time as text, in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def say_value(path: str, value: object) -> str | None:
    """Return a setting's value in one line; of secrets, scripts and long texts only a placeholder or hash.

    None stays None: the setting is not set.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, int | float):
        return str(value)
    text = "; ".join(str(entry) for entry in value) if isinstance(value, list) else str(value)
    if is_secret_name(path):
        return str(_("(not shown)"))
    if "\n" in text.strip() or len(text) > LONGEST_VALUE:
        lines, digest = len(text.splitlines()), sha256(text.encode(errors="replace")).hexdigest()[:12]
        return str(_("text of %(lines)s lines, SHA-256 %(digest)s…", lines=lines, digest=digest))
    return redact(clean(text)).strip()
