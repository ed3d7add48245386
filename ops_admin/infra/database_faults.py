"""What kind of trouble the database is in, told from the fault that it answered with: each asks for other words."""

import sqlite3
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class Trouble(StrEnum):
    """Why the database did not do what it was asked; the value is what a line of the log says of it."""

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
# Classes and codes of PostgreSQL's appendix A; what has none did not come from a server.
_OF_POSTGRESQL: Final[Mapping[str, Trouble]] = {
    "25006": Trouble.UNWRITABLE,  # read-only: a standby, or set so
    "53100": Trouble.UNWRITABLE,  # disk full
    "53": Trouble.BUSY,  # no memory, too many connections
    "40": Trouble.BUSY,  # deadlock
    "55": Trouble.BUSY,  # a lock was not to be had
    "57014": Trouble.BUSY,  # took longer than it may
    "58": Trouble.UNUSABLE,  # its own disk
    "28": Trouble.UNUSABLE,  # it does not let us in
    "3D": Trouble.UNUSABLE,  # it has no such database
}
_SQLITE_PRIMARY_CODE: Final = 0xFF


def trouble_of(error: DBAPIError | PoolTimeoutError) -> Trouble:
    """Say what a fault of the driver means; one that nothing is known of: that the database is away."""
    if isinstance(error, PoolTimeoutError):
        return Trouble.BUSY
    code = getattr(error.orig, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _OF_SQLITE.get(code & _SQLITE_PRIMARY_CODE, Trouble.AWAY)
    state = getattr(error.orig, "sqlstate", None) or ""
    return _OF_POSTGRESQL.get(state) or _OF_POSTGRESQL.get(state[:2], Trouble.AWAY)
