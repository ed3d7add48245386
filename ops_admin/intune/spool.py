"""Keeps list items of a run until the policies are read; on disk, so that large tenants need little memory."""

import json
import tempfile
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any, Self

# Smaller spools stay in memory.
BYTES_IN_MEMORY = 4 * 1024 * 1024

Item = dict[str, Any]


class Spool:
    """A temporary file of list items in their order; deleted when closed."""

    def __init__(self) -> None:
        self._file: IO[str] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  # closed by __exit__
            max_size=BYTES_IN_MEMORY, mode="w+", encoding="ascii"
        )
        self.length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, item: Item) -> None:
        """Append one item."""
        self._file.write(json.dumps(item) + "\n")
        self.length += 1

    def chunks(self, size: int) -> Iterator[list[Item]]:
        """Yield all items in lists of `size`."""
        self._file.seek(0)
        lines = iter(self._file)
        while chunk := [json.loads(line) for line in islice(lines, size)]:
            yield chunk
