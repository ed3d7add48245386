"""A cache for the list's rows of ended runs, rendered once per process (R35).

Rendering fifty rows took a quarter of a page's time. A cached row is used only for a run that is equal in every field
that it shows, so it cannot be out of date and needs no invalidation. Times in a row are UTC and converted by scripts,
so one row serves readers in all time zones.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from flask import Flask, current_app
from flask_babel import get_locale
from markupsafe import Markup

from ops_admin.runs.ledger import Run

# About 3 kB each.
MOST_KEPT = 2000

_EXTENSION = "ops_admin.kept_rows"


class KeptRows:
    """Rendered rows by run, language and whatever else they show. Keeps the `most` recently used ones."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._rows: OrderedDict[tuple[object, ...], tuple[Run, Markup]] = OrderedDict()
        self._lock = Lock()

    def row(self, run: Run, place: str, has_box: bool | None, draw: Callable[[], Markup]) -> Markup:
        """Return `draw()`, or what it returned before if the run has ended and nothing about it differs.

        `place` is the name of its tenant or workspace. `has_box` is whether it can be selected, or None if the list has
        no checkboxes.
        """
        if run.is_active:
            return draw()
        key = (run.id, str(get_locale()), place, has_box)
        # No row shows the context, which can hold ten thousand ids.
        shown = replace(run, context={})
        kept = self._find(key)
        if kept is not None and kept[0] == shown:
            return kept[1]
        drawn = draw()
        self._keep(key, (shown, drawn))
        return drawn

    def _find(self, key: tuple[object, ...]) -> tuple[Run, Markup] | None:
        with self._lock:
            if key not in self._rows:
                return None
            self._rows.move_to_end(key)
            return self._rows[key]

    def _keep(self, key: tuple[object, ...], row: tuple[Run, Markup]) -> None:
        with self._lock:
            self._rows[key] = row
            if len(self._rows) > self._most:
                self._rows.popitem(last=False)


def bind(app: Flask) -> None:
    """Give the application its cache, and templates the function `kept_row`."""
    app.extensions[_EXTENSION] = KeptRows()


def kept_row(run: Run, place: str, has_box: bool | None, caller: Callable[[], Markup]) -> Markup:
    """Return a run's row in the list. For `{% call %}` around the markup that renders it."""
    rows: KeptRows = current_app.extensions[_EXTENSION]
    return rows.row(run, place, has_box, draw=caller)
