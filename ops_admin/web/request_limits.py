"""Limits on requests: only text that every database can store and every page can show (R38)."""

from typing import IO, Any, cast

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream

# Our forms send none of these: PostgreSQL refuses NUL, and a lone surrogate cannot be encoded as UTF-8. They become the
# replacement character, so that the field's own validation reports what is wrong.
_UNSTORABLE = {0: "\N{REPLACEMENT CHARACTER}", **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")}
DEEPEST_JSON = 50
MOST_FIELDS = 10_000
LARGEST_ID = 2**63 - 1


class WholeBody(LimitedStream):
    """A body of unknown length (chunked), read completely or refused; the library would truncate it silently."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        # One byte more than allowed: reaching it means that the body is too large.
        super().__init__(stream, limit + 1, is_max=True)

    def readall(self) -> bytes:
        """Return the whole body; raises RequestEntityTooLarge (413)."""
        body = super().readall()
        if self.is_exhausted:
            self.on_exhausted()
        return body


class ConsoleRequest(Request):
    """A request whose fields can be stored, and whose JSON is not nested more deeply than the console needs."""

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body as a stream."""
        limit = self.max_content_length
        if self.content_length is None and limit is not None and self.environ.get("wsgi.input_terminated"):
            return cast(IO[bytes], WholeBody(self.environ["wsgi.input"], limit))
        return super().stream

    @cached_property
    def args(self) -> ImmutableMultiDict[str, str]:
        """The query parameters."""
        return _storable_fields(super().args)

    @cached_property
    def form(self) -> ImmutableMultiDict[str, str]:
        """The fields of the form; raises RequestEntityTooLarge (413) if there are more than any page has."""
        sent = super().form
        if sum(map(len, sent.listvalues())) > MOST_FIELDS:
            raise RequestEntityTooLarge
        return _storable_fields(sent)

    def get_json(self, *args: Any, **kwargs: Any) -> Any:
        """Return the body's JSON; endless nesting is refused like any other invalid JSON (400)."""
        try:
            return storable(super().get_json(*args, **kwargs))
        except RecursionError:
            raise BadRequest("nested too deeply") from None


class IdConverter(IntegerConverter):
    """An integer in a path; all numbers that no database can store become the largest one, which no row has.

    Refusing them would make the router try other routes, and answer 405 if another method has such a path.
    """

    def to_python(self, value: str) -> int:
        """Return the number in the path."""
        return min(int(super().to_python(value)), LARGEST_ID)


def bind(app: Flask) -> None:
    """Apply this to every request; called before any route is added."""
    app.request_class = ConsoleRequest
    app.url_map.converters["int"] = IdConverter


def storable(value: Any, depth: int = DEEPEST_JSON) -> Any:
    """Return a JSON value whose texts can be stored; raises BadRequest if it is nested too deeply."""
    if depth == 0:
        raise BadRequest("nested too deeply")
    match value:
        case str():
            return value.translate(_UNSTORABLE)
        case dict():
            return {storable(key): storable(each, depth - 1) for key, each in value.items()}
        case list():
            return [storable(each, depth - 1) for each in value]
    return value


def _storable_fields(fields: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict([(storable(name), storable(value)) for name, value in fields.items(multi=True)])
