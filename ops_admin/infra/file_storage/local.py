"""Files in a folder of this machine."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ops_admin.infra.file_storage.disks import LOCAL, NotAPath, checked, one_error

_DRAFT = ".draft-"
_DRAFT_SECONDS = 24 * 60 * 60


class LocalDisk:
    """A local folder. Every process of the console must see the same one."""

    name = LOCAL

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def write(self, path: str) -> Iterator[BinaryIO]:
        """See Disk. Written to a temporary file in the same folder, then renamed."""
        target = self._place(path)
        with one_error():
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
        with one_error():
            return self._place(path).open("rb")

    def size(self, path: str) -> int:
        """See Disk."""
        with one_error():
            return self._place(path).stat().st_size

    def exists(self, path: str) -> bool:
        """See Disk."""
        try:
            return self._place(path).is_file()
        except NotAPath:
            return False

    def delete(self, path: str) -> None:
        """See Disk."""
        with one_error():
            self._place(path).unlink(missing_ok=True)

    def _place(self, path: str) -> Path:
        return self._folder / checked(path)


def _sweep(folder: Path) -> None:
    """Delete temporary files of writers that died more than a day ago."""
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(FileNotFoundError):
            if draft.stat().st_mtime < time.time() - _DRAFT_SECONDS:
                draft.unlink()
