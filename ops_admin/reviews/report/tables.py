"""Rows of a section as CSV and JSON, written one by one: neither file is ever held in memory."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from ops_admin.reviews.report.cleaning import cell, plain


class Table:
    """A CSV and a JSON file with the same rows, open for writing."""

    def __init__(self, csv_file: TextIO, json_file: TextIO, columns: Sequence[str]) -> None:
        self._columns = columns
        self._rows = csv.writer(csv_file)
        self._json = json_file
        self._is_first = True
        self._rows.writerow(columns)

    def add(self, row: Mapping[str, Any]) -> None:
        """Write one row; every column must be present."""
        self._rows.writerow([cell(row[name]) for name in self._columns])
        self._json.write(("[" if self._is_first else ",") + "\n")
        json.dump({name: plain(row[name]) for name in self._columns}, self._json, ensure_ascii=False)
        self._is_first = False

    def close(self) -> None:
        """Write the end of the JSON file."""
        self._json.write("[]\n" if self._is_first else "\n]\n")


@contextmanager
def open_table(folder: Path, name: str, columns: Sequence[str]) -> Iterator[Table]:
    """Open `name`.csv and `name`.json; the CSV begins with a byte-order mark, so that spreadsheets read UTF-8."""
    with (
        (folder / f"{name}.csv").open("w", encoding="utf-8-sig", errors="replace", newline="") as csv_file,
        (folder / f"{name}.json").open("w", encoding="utf-8", errors="replace") as json_file,
    ):
        table = Table(csv_file, json_file, columns)
        yield table
        table.close()
