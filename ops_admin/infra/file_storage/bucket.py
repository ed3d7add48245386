"""Files in an S3-compatible bucket. Needs boto3, which only `ops_admin[s3]` installs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ops_admin.config import InvalidSetting, Settings
from ops_admin.infra.file_storage.disks import S3, DiskUnavailable, FileMissing, checked, one_error

_ATTEMPTS = 4
_TIMEOUT_SECONDS = 20
# "404" is the code for a response without a body (HEAD).
_NO_SUCH_FILE = ("NoSuchKey", "404")


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
        return "/".join(part for part in (self._prefix, checked(path)) if part)


def _parse(url: str) -> tuple[str, str, str | None, str | None]:
    """Return bucket, prefix, endpoint and region from a disk URL. Raises InvalidSetting."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme != "s3" or not parts.netloc or parts.username or options.keys() - {"endpoint", "region"}:
        raise InvalidSetting("OPS_ADMIN_DISK_URL must look like s3://bucket/prefix?endpoint=https://host&region=name")
    return parts.netloc, parts.path.strip("/"), options.get("endpoint"), options.get("region")


@contextmanager
def _one_error() -> Iterator[None]:
    """Also translate boto3's errors into FileMissing and DiskUnavailable."""
    try:
        with one_error():
            yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _NO_SUCH_FILE:
            raise FileMissing(str(error)) from error
        raise DiskUnavailable(str(error)) from error
    except (BotoCoreError, S3UploadFailedError) as error:
        raise DiskUnavailable(str(error)) from error
