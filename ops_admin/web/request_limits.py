"""What came with a request, as text that every database can hold and every page can show (R38)."""

from typing import IO, Any, cast

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream

# What no form of ours sends: PostgreSQL refuses a NUL, and half a character of two cannot be written as UTF-8. In its
# place stands the sign for it, so that the field's own check says what is wrong, beside what was typed.
_UNSTORABLE = {0: "\N{REPLACEMENT CHARACTER}", **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")}
DEEPEST_JSON = 50
MOST_FIELDS = 10_000
LARGEST_ID = 2**63 - 1


class WholeBody(LimitedStream):
    """A body of unknown length (sent in chunks), read whole or refused: the library would cut it off in silence."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        # One more than is allowed: who reaches it has sent too much.
        super().__init__(stream, limit + 1, is_max=True)

    def readall(self) -> bytes:
        """Return all of it; raises RequestEntityTooLarge (413)."""
        body = super().readall()
        if self.is_exhausted:
            self.on_exhausted()
        return body


class ConsoleRequest(Request):
    """A request whose fields can be stored, and whose JSON is no deeper than anything that the console reads."""

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body as it comes in."""
        limit = self.max_content_length
        if self.content_length is None and limit is not None and self.environ.get("wsgi.input_terminated"):
            return cast(IO[bytes], WholeBody(self.environ["wsgi.input"], limit))
        return super().stream

    @cached_property
    def args(self) -> ImmutableMultiDict[str, str]:
        """The fields of the address."""
        return _storable_fields(super().args)

    @cached_property
    def form(self) -> ImmutableMultiDict[str, str]:
        """The fields of the form; raises RequestEntityTooLarge (413) for more than any page of ours has."""
        sent = super().form
        if sum(map(len, sent.listvalues())) > MOST_FIELDS:
            raise RequestEntityTooLarge
        return _storable_fields(sent)

    def get_json(self, *args: Any, **kwargs: Any) -> Any:
        """Return the body's JSON; nesting without end is refused like anything else that is no JSON (400)."""
        try:
            return storable(super().get_json(*args, **kwargs))
        except RecursionError:
            raise BadRequest("nested too deeply") from None


class IdConverter(IntegerConverter):
    """A whole number in an address; the largest that a database can hold stands for all beyond: it names nothing.

    To refuse them here would make the router look on, and answer 405 where another method has such an address.
    """

    def to_python(self, value: str) -> int:
        """Return the number that the address names."""
        return min(int(super().to_python(value)), LARGEST_ID)


def bind(app: Flask) -> None:
    """Read every request in this way; to be called before a route is made."""
    app.request_class = ConsoleRequest
    app.url_map.converters["int"] = IdConverter


def storable(value: Any, depth: int = DEEPEST_JSON) -> Any:
    """Return a value of JSON with texts that can be stored; raises BadRequest when it is nested too deeply."""
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
