"""What all disks share: their methods, their two errors, and which paths they accept."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol

from flask_babel import lazy_gettext as _

LOCAL = "local"
S3 = "s3"

UNAVAILABLE = "disk.unavailable"
FILE_CODES: dict[str, object] = {
    UNAVAILABLE: _(
        "The place where files are kept could not be written or read. Is it full, or its address or key wrong?"
    ),
}
"""The failure codes of disks, for the operations that use one."""


class FileMissing(LookupError):
    """The disk has no such file."""


class NotAPath(FileMissing, ValueError):
    """A path that could lead outside the disk. It names no file of ours, whoever put it into a record."""


class DiskUnavailable(OSError):
    """The disk cannot be written or read. Only the log has the system's or the bucket's message (R7)."""

    code = UNAVAILABLE
    public_message = ""


class Disk(Protocol):
    """A place for files. Paths are relative and use `/`. Every method may raise DiskUnavailable."""

    @property
    def name(self) -> str:
        """The name that records store to find this disk again: "local" or "s3"."""

    def write(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for writing.

        The complete file appears under its path when the context ends without an exception, replacing any previous one.
        After an exception or a crash nothing has changed.
        """

    def read(self, path: str) -> BinaryIO:
        """Open a file for streaming from its beginning. Raises FileMissing."""

    def size(self, path: str) -> int:
        """Return the size of a file in bytes. Raises FileMissing."""

    def exists(self, path: str) -> bool:
        """Whether the file exists."""

    def delete(self, path: str) -> None:
        """Delete a file. A missing file is not an error."""


def checked(path: str) -> str:
    """Return the path. Raises NotAPath for one that could lead outside the disk."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in path or "\0" in path:
        raise NotAPath(f"not a path on a disk: {path!r}")
    return str(pure)


@contextmanager
def one_error() -> Iterator[None]:
    """Translate errors of the system into FileMissing and DiskUnavailable."""
    try:
        yield
    except (FileMissing, DiskUnavailable):
        raise
    except FileNotFoundError as error:
        raise FileMissing(str(error)) from error
    except OSError as error:
        raise DiskUnavailable(str(error)) from error
