"""What every log line of the work in hand carries: the id of its request, the run that it belongs to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import MappingProxyType

REQUEST_ID = "request_id"

_carried: ContextVar[Mapping[str, object]] = ContextVar("log_fields", default=MappingProxyType({}))


def carried() -> Mapping[str, object]:
    """Return the fields of a line that would be logged now."""
    return _carried.get()


def carry(**fields: object) -> Token[Mapping[str, object]]:
    """Let every line carry `fields` from now on, until the context of this work ends."""
    said = {name: value for name, value in fields.items() if value is not None}
    return _carried.set({**_carried.get(), **said})


@contextmanager
def lines_carry(**fields: object) -> Iterator[None]:
    """Let every line that is logged inside carry `fields`, besides those of around; None says nothing and is left out.

    It follows the work, not the process: other threads have their own, and `contextvars.copy_context` takes it along.
    """
    token = carry(**fields)
    try:
        yield
    finally:
        _carried.reset(token)
