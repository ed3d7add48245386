"""Where files live that are too large for the database: a folder of this machine, or an S3-compatible bucket.

A record keeps the name of its disk beside the path, so that files written before a change of configuration are still
found as long as that disk can be reached. See docs/adr/0015-policies-bulk-and-diff.md.
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
"""The failure codes of a disk, for the operations that use one."""

_ATTEMPTS = 4
_TIMEOUT_SECONDS = 20
# The second is what a question without a body (HEAD) is answered.
_NO_SUCH_FILE = ("NoSuchKey", "404")
_DRAFT = ".draft-"
_DRAFT_SECONDS = 24 * 60 * 60


class FileMissing(LookupError):
    """The disk holds no such file."""


class NotAPath(FileMissing, ValueError):
    """A path that could lead out of the disk: what it names is no file of ours, whoever wrote it into a record."""


class DiskUnavailable(OSError):
    """The disk cannot be written or read; what the system or the bucket said is in the log only (R7)."""

    code = UNAVAILABLE
    public_message = ""


class Disk(Protocol):
    """A place for files. Paths are relative, with `/`; every method may raise DiskUnavailable."""

    @property
    def name(self) -> str:
        """What a record keeps to find this disk again: "local" or "s3"."""

    def write(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file to be written.

        It appears under its path, whole, when the context ends without an exception, and replaces what was there;
        after an exception, or a crash, nothing has changed.
        """

    def read(self, path: str) -> BinaryIO:
        """Open a file to be read from its beginning, a piece at a time; raises FileMissing."""

    def size(self, path: str) -> int:
        """Return the bytes of a file; raises FileMissing."""

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""

    def delete(self, path: str) -> None:
        """Remove a file; one that is gone already is no error."""


def default_disk(settings: Settings) -> Disk:
    """Return the disk on which new files are written: the bucket of OPS_ADMIN_DISK_URL, else the local folder."""
    return disk_of(settings, S3 if settings.disk_url else LOCAL)


def disk_of(settings: Settings, name: str) -> Disk:
    """Return the disk of that name; raises DiskUnavailable when it is not configured (any more)."""
    if name == LOCAL:
        return LocalDisk(settings.data_dir / FOLDER)
    if name == S3 and settings.disk_url:
        return BucketDisk(settings)
    raise DiskUnavailable(f"no disk {name!r} is configured")


class LocalDisk:
    """A folder of this machine; every process of the console must see the same one."""

    name = LOCAL

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def write(self, path: str) -> Iterator[BinaryIO]:
        """See Disk. Written beside its place and moved there at the end."""
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

    Without a key in the settings the library looks where AWS programs look: profile, container, instance role.
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
        """See Disk. Kept in a temporary file until it is whole, then sent in parts."""
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
    """Return bucket, prefix, endpoint and region of a disk's address; raises InvalidSetting."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme != "s3" or not parts.netloc or parts.username or options.keys() - {"endpoint", "region"}:
        raise InvalidSetting("OPS_ADMIN_DISK_URL must look like s3://bucket/prefix?endpoint=https://host&region=name")
    return parts.netloc, parts.path.strip("/"), options.get("endpoint"), options.get("region")


def _checked(path: str) -> str:
    """Return the path; raises NotAPath for one that could lead out of the disk."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in path or "\0" in path:
        raise NotAPath(f"not a path on a disk: {path!r}")
    return str(pure)


def _sweep(folder: Path) -> None:
    """Remove what writers left that died more than a day ago."""
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(FileNotFoundError):
            if draft.stat().st_mtime < time.time() - _DRAFT_SECONDS:
                draft.unlink()


@contextmanager
def _one_error() -> Iterator[None]:
    """Turn what the system and the bucket's library raise into the two errors of a disk."""
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
