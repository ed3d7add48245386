"""Fields that every log line of the current work has: its request id, its run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import MappingProxyType

REQUEST_ID = "request_id"

_carried: ContextVar[Mapping[str, object]] = ContextVar("log_fields", default=MappingProxyType({}))


def carried() -> Mapping[str, object]:
    """Return the fields that a line logged now would have."""
    return _carried.get()


def carry(**fields: object) -> Token[Mapping[str, object]]:
    """Add `fields` to every log line from now on, until the current context ends."""
    given = {name: value for name, value in fields.items() if value is not None}
    return _carried.set({**_carried.get(), **given})


@contextmanager
def lines_carry(**fields: object) -> Iterator[None]:
    """Add `fields` to every line that is logged inside, besides the surrounding ones; None is left out.

    Other threads have their own fields; `contextvars.copy_context` takes them along.
    """
    token = carry(**fields)
    try:
        yield
    finally:
        _carried.reset(token)
