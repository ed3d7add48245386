"""Storage for files too large for the database: a local folder, or an S3-compatible bucket.

Records store the disk's name with the path, so that files written before a configuration change are still found as long
as their disk is reachable. See docs/adr/0015-policies-bulk-and-diff.md.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol
from urllib.parse import parse_qs, urlsplit

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from flask_babel import lazy_gettext as _

from ops_admin.config import InvalidSetting, Settings

LOCAL = "local"
S3 = "s3"
FOLDER = "files"

UNAVAILABLE = "disk.unavailable"
FILE_CODES: dict[str, object] = {
    UNAVAILABLE: _(
        "The place where files are kept could not be written or read. Is it full, or its address or key wrong?"
    ),
}
"""The failure codes of disks, for the operations that use one."""

_ATTEMPTS = 4
_TIMEOUT_SECONDS = 20
# "404" is the code for a response without a body (HEAD).
_NO_SUCH_FILE = ("NoSuchKey", "404")
_DRAFT = ".draft-"
_DRAFT_SECONDS = 24 * 60 * 60


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


def default_disk(settings: Settings) -> Disk:
    """Return the disk for new files: the bucket of OPS_ADMIN_DISK_URL if set, otherwise the local folder."""
    return disk_of(settings, S3 if settings.disk_url else LOCAL)


def disk_of(settings: Settings, name: str) -> Disk:
    """Return the disk with that name. Raises DiskUnavailable if it is not configured, or no longer."""
    if name == LOCAL:
        return LocalDisk(settings.data_dir / FOLDER)
    if name == S3 and settings.disk_url:
        return BucketDisk(settings)
    raise DiskUnavailable(f"no disk {name!r} is configured")


class LocalDisk:
    """A local folder. Every process of the console must see the same one."""

    name = LOCAL

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def write(self, path: str) -> Iterator[BinaryIO]:
        """See Disk. Written to a temporary file in the same folder, then renamed."""
        target = self._place(path)
        with _one_error():
            target.parent.mkdir(parents=True, exist_ok=True)
            _sweep(target.parent)
            handle, draft = tempfile.mkstemp(dir=target.parent, prefix=_DRAFT)
            try:
                with os.fdopen(handle, "wb") as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(draft, target)
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise

    def read(self, path: str) -> BinaryIO:
        """See Disk."""
        with _one_error():
            return self._place(path).open("rb")

    def size(self, path: str) -> int:
        """See Disk."""
        with _one_error():
            return self._place(path).stat().st_size

    def exists(self, path: str) -> bool:
        """See Disk."""
        try:
            return self._place(path).is_file()
        except NotAPath:
            return False

    def delete(self, path: str) -> None:
        """See Disk."""
        with _one_error():
            self._place(path).unlink(missing_ok=True)

    def _place(self, path: str) -> Path:
        return self._folder / _checked(path)


class BucketDisk:
    """An S3-compatible bucket: `s3://bucket/prefix?endpoint=https://…&region=…`.

    Without a key in the settings, boto3 searches the usual AWS sources: profile, container, instance role.
    """

    name = S3

    def __init__(self, settings: Settings) -> None:
        self._bucket, self._prefix, endpoint, region = _parse(settings.disk_url or "")
        self._client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=settings.disk_access_key,
            aws_secret_access_key=settings.disk_secret_key,
            config=Config(
                connect_timeout=_TIMEOUT_SECONDS,
                read_timeout=_TIMEOUT_SECONDS,
                retries={"total_max_attempts": _ATTEMPTS},
            ),
        )

    @contextmanager
    def write(self, path: str) -> Iterator[BinaryIO]:
        """See Disk. Buffered in a temporary file until complete, then uploaded in parts."""
        key = self._key(path)
        with _one_error(), tempfile.TemporaryFile() as file:
            yield file
            file.seek(0)
            self._client.upload_fileobj(file, self._bucket, key)

    def read(self, path: str) -> BinaryIO:
        """See Disk."""
        with _one_error():
            body: BinaryIO = self._client.get_object(Bucket=self._bucket, Key=self._key(path))["Body"]
            return body

    def size(self, path: str) -> int:
        """See Disk."""
        with _one_error():
            return int(self._client.head_object(Bucket=self._bucket, Key=self._key(path))["ContentLength"])

    def exists(self, path: str) -> bool:
        """See Disk."""
        try:
            self.size(path)
        except FileMissing:
            return False
        return True

    def delete(self, path: str) -> None:
        """See Disk."""
        with _one_error():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(path))

    def _key(self, path: str) -> str:
        return "/".join(part for part in (self._prefix, _checked(path)) if part)


def _parse(url: str) -> tuple[str, str, str | None, str | None]:
    """Return bucket, prefix, endpoint and region from a disk URL. Raises InvalidSetting."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme != "s3" or not parts.netloc or parts.username or options.keys() - {"endpoint", "region"}:
        raise InvalidSetting("OPS_ADMIN_DISK_URL must look like s3://bucket/prefix?endpoint=https://host&region=name")
    return parts.netloc, parts.path.strip("/"), options.get("endpoint"), options.get("region")


def _checked(path: str) -> str:
    """Return the path. Raises NotAPath for one that could lead outside the disk."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in path or "\0" in path:
        raise NotAPath(f"not a path on a disk: {path!r}")
    return str(pure)


def _sweep(folder: Path) -> None:
    """Delete temporary files of writers that died more than a day ago."""
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(FileNotFoundError):
            if draft.stat().st_mtime < time.time() - _DRAFT_SECONDS:
                draft.unlink()


@contextmanager
def _one_error() -> Iterator[None]:
    """Translate errors of the system and of boto3 into FileMissing and DiskUnavailable."""
    try:
        yield
    except (FileMissing, DiskUnavailable):
        raise
    except FileNotFoundError as error:
        raise FileMissing(str(error)) from error
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _NO_SUCH_FILE:
            raise FileMissing(str(error)) from error
        raise DiskUnavailable(str(error)) from error
    except (OSError, BotoCoreError, S3UploadFailedError) as error:
        raise DiskUnavailable(str(error)) from error
