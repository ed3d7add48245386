"""Where a run keeps what the lists showed until the details are read: on disk, whatever the size of the tenant."""

import json
import tempfile
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any, Self

# Below this many bytes it never leaves memory.
BYTES_IN_MEMORY = 4 * 1024 * 1024

Item = dict[str, Any]


class Spool:
    """List items in the order in which they came, written once and read once; gone when closed."""

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
        """Yield the items from the first to the last, `size` at a time."""
        self._file.seek(0)
        lines = iter(self._file)
        while chunk := [json.loads(line) for line in islice(lines, size)]:
            yield chunk
