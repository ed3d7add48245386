"""Classifies database errors by their driver codes, so that each kind can be worded properly."""

import sqlite3
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class Trouble(StrEnum):
    """Why a database request failed. The value is the wording for the log."""

    AWAY = "cannot be reached"
    UNWRITABLE = "cannot be written"
    BUSY = "is busy"
    UNUSABLE = "cannot be used"


_OF_SQLITE: Final[Mapping[int, Trouble]] = {
    sqlite3.SQLITE_FULL: Trouble.UNWRITABLE,
    sqlite3.SQLITE_READONLY: Trouble.UNWRITABLE,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_CANTOPEN: Trouble.AWAY,
    sqlite3.SQLITE_IOERR: Trouble.UNUSABLE,
    sqlite3.SQLITE_CORRUPT: Trouble.UNUSABLE,
    sqlite3.SQLITE_NOTADB: Trouble.UNUSABLE,
    sqlite3.SQLITE_ERROR: Trouble.UNUSABLE,
}
# Classes and codes from PostgreSQL's appendix A. Errors without a code did not come from a server.
_OF_POSTGRESQL: Final[Mapping[str, Trouble]] = {
    "25006": Trouble.UNWRITABLE,  # a standby, or set to read-only
    "53100": Trouble.UNWRITABLE,  # disk full
    "53": Trouble.BUSY,  # out of memory, too many connections
    "40": Trouble.BUSY,  # deadlock
    "55": Trouble.BUSY,  # lock not available
    "57014": Trouble.BUSY,  # statement timeout
    "58": Trouble.UNUSABLE,  # I/O error of the server
    "28": Trouble.UNUSABLE,  # invalid authorization
    "3D": Trouble.UNUSABLE,  # unknown database
}
_SQLITE_PRIMARY_CODE: Final = 0xFF


def trouble_of(error: DBAPIError | PoolTimeoutError) -> Trouble:
    """Classify a driver error. An unknown one counts as "away"."""
    if isinstance(error, PoolTimeoutError):
        return Trouble.BUSY
    code = getattr(error.orig, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _OF_SQLITE.get(code & _SQLITE_PRIMARY_CODE, Trouble.AWAY)
    state = getattr(error.orig, "sqlstate", None) or ""
    return _OF_POSTGRESQL.get(state) or _OF_POSTGRESQL.get(state[:2], Trouble.AWAY)
