"""Storage for files too large for the database: a local folder, or an S3-compatible bucket.

Records store the disk's name with the path, so that files written before a configuration change are still found as long
as their disk is reachable. See docs/adr/0015-policies-bulk-and-diff.md.
"""

from ops_admin.config import Settings
from ops_admin.infra.file_storage.disks import LOCAL, S3, Disk, DiskUnavailable
from ops_admin.infra.file_storage.local import LocalDisk

FOLDER = "files"


def default_disk(settings: Settings) -> Disk:
    """Return the disk for new files: the bucket of OPS_ADMIN_DISK_URL if set, otherwise the local folder."""
    return disk_of(settings, S3 if settings.disk_url else LOCAL)


def disk_of(settings: Settings, name: str) -> Disk:
    """Return the disk with that name. Raises DiskUnavailable if it is not configured, or no longer."""
    if name == LOCAL:
        return LocalDisk(settings.data_dir / FOLDER)
    if name == S3 and settings.disk_url:
        from ops_admin.infra.file_storage.bucket import BucketDisk  # only here: boto3 is optional

        return BucketDisk(settings)
    raise DiskUnavailable(f"no disk {name!r} is configured")
