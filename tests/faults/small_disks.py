"""A disk of a few megabytes that a test may fill or make read-only."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_PIECE = b"0" * 4096


@dataclass
class SmallDisk:
    """A separate file system at `folder`."""

    folder: Path

    def fill(self) -> None:
        """Fill the disk completely."""
        with (self.folder / "ballast").open("ab", buffering=0) as ballast:
            try:
                while ballast.write(_PIECE):
                    pass
            except OSError:
                return

    def free(self) -> None:
        """Free the space again."""
        (self.folder / "ballast").unlink()

    def make_read_only(self, is_read_only: bool = True) -> None:
        """Refuse every write, or allow it again."""
        _mount("-o", f"remount,{'ro' if is_read_only else 'rw'}", self.folder)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A tmpfs, unmounted at the end. Skips the test where it cannot be mounted."""
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk to fill up")
    if _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk to fill up")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _mount(*words: str | Path) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["mount", *words], capture_output=True)
