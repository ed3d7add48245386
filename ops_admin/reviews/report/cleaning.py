"""What may leave the console in a file: no e-mail address, no secret, and nothing that a spreadsheet executes. Pure."""

import re
from datetime import datetime
from hashlib import sha256

from flask_babel import gettext as _

from ops_admin.runs.failures import redact

LONGEST_VALUE = 300

_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
# The last word of a setting's name decides: "Password minimum length" is a rule, "Wi-Fi password" is one.
_SECRET_NAME = re.compile(
    r"(?:pass(?:word|wd|phrase|code)|pwd|secret|token|psk|(?:shared|private|api|access|account|encryption)[\W_]*key"
    r"|credentials?)s?[\W_]*$",
    re.I,
)
# Some spreadsheets take the wide forms, too, and look past spaces.
_FORMULA = tuple(
    "=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)


def clean(value: object) -> str:
    """Return a text without e-mail addresses and characters that no reader can see."""
    text = _ADDRESS.sub(_("[address removed]"), str(value))
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def cell(value: object) -> object:
    """Return a value as a cell of a CSV file; a text that a spreadsheet would take for a formula gets a quote."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = stamp(value) if isinstance(value, datetime) else clean(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def plain(value: object) -> object:
    """Return a value as it stands in a JSON file."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return stamp(value) if isinstance(value, datetime) else clean(value)


def stamp(moment: datetime) -> str:
    """Write a moment, in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def say_value(path: str, value: object) -> str | None:
    """Say the value of a setting in one line; of a secret, a script or another long text only which one it is.

    None stays None: the setting is not set.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, int | float):
        return str(value)
    text = "; ".join(str(entry) for entry in value) if isinstance(value, list) else str(value)
    if _SECRET_NAME.search(path):
        return str(_("(not shown)"))
    if "\n" in text.strip() or len(text) > LONGEST_VALUE:
        lines, digest = len(text.splitlines()), sha256(text.encode(errors="replace")).hexdigest()[:12]
        return str(_("text of %(lines)s lines, SHA-256 %(digest)s…", lines=lines, digest=digest))
    return redact(clean(text)).strip()
