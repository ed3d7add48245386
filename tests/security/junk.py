"""What nobody would send who uses the console as it is meant: for every field, query, body and id of every route."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.routing import Rule

from tests.support.pages import World

JSON = {"Accept": "application/json"}
BEYOND_BIGINT = 2**63
NUL = "a\x00b"

TEXTS = {
    "nul": NUL,
    "strange": "\U0001f468\u200d\U0001f4bb\u202e\u0130\ufdfa\u0661\u00b2'\";--\\%_%%s{{7*7}}<!--\r\nSet-Cookie: x=1",
    "long": "x" * 20_000,
    "large number": str(BEYOND_BIGINT),
    "negative number": "-1",
}
BODIES: dict[str, str] = {
    "nothing": "",
    "no json": "{",
    "a number": "17",
    "a word": '"word"',
    "null": "null",
    "a list": "[1]",
    "deep": "[" * 20_000 + "]" * 20_000,
    "deep objects": '{"a":' * 20_000 + "1" + "}" * 20_000,
    "deep enough": "[" * 200 + "]" * 200,
    "a large number": "1" * 4_000,
    "no number": "NaN",
}
# Names that start surfaces read out of JSON, where nothing tells what is read.
NAMES = (
    *("q", "state", "type", "tenant", "initiator", "policy_ids", "ids", "all", "types", "name", "map", "mapping"),
    *("assignments", "options", "backup_set", "selection", "version_ids", "email", "password", "runs", "versions"),
)


def json_bodies() -> Iterator[tuple[str, str]]:
    """Return bodies that are no JSON, or JSON that means nothing; and objects whose every value is junk."""
    yield from BODIES.items()
    values = {
        "nul": '"a\\u0000b"',
        "beyond bigint": str(BEYOND_BIGINT),
        "list": f'["a\\\\ud800b", "a\\\\u0000b", {BEYOND_BIGINT}, {{}}, [["a"]]]',
        "object": '{"a": {"b": []}}',
        "float": "1e308",
    }
    for kind, value in values.items():
        yield f"{kind} everywhere", "{" + ", ".join(f'"{name}": {value}' for name in NAMES) + "}"


class SpiedFields(ImmutableMultiDict[str, str]):
    """Fields that note which of them a view asks for, there or not."""

    def __init__(self, fields: MultiDict[str, str], asked: set[str]) -> None:
        super().__init__(list(fields.items(multi=True)))
        self._asked = asked

    def __getitem__(self, name: str) -> str:
        """Note and return."""
        self._asked.add(name)
        return str(super().__getitem__(name))

    def get(self, name: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]  # passed on
        """Note and return."""
        self._asked.add(name)
        return super().get(name, *args, **kwargs)

    def getlist(self, name: str, *args: Any, **kwargs: Any) -> list[Any]:  # type: ignore[override]  # passed on
        """Note and return."""
        self._asked.add(name)
        return super().getlist(name, *args, **kwargs)

    def __contains__(self, name: object) -> bool:
        """Note and return."""
        self._asked.add(str(name))
        return super().__contains__(name)


@contextmanager
def spying(app: Flask) -> Iterator[dict[str, set[str]]]:
    """Yield the names of the fields that each endpoint has asked for, growing with every request."""
    asked: dict[str, set[str]] = defaultdict(set)
    usual = app.request_class

    class SpiedRequest(usual):  # type: ignore[misc, valid-type]  # whatever class the application has
        @property
        def args(self) -> SpiedFields:
            return SpiedFields(super().args, asked[self.endpoint or ""])

        @property
        def form(self) -> SpiedFields:
            return SpiedFields(super().form, asked[self.endpoint or ""])

    app.request_class = SpiedRequest
    try:
        yield asked
    finally:
        app.request_class = usual


def addresses_of(app: Flask, world: World, method: str, **numbers: int) -> dict[str, str]:
    """Return the address of every route that takes `method`, by endpoint; `numbers` replace the world's own ids."""
    known = {**vars_of(world), **numbers}
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        return {
            rule.endpoint: urls.build(rule.endpoint, _values(rule, known), method=method)
            for rule in app.url_map.iter_rules()
            if rule.methods and method in rule.methods and rule.endpoint not in ("static", "access.logout")
        }


def vars_of(world: World) -> dict[str, int]:
    """Return the ids of the world by the names that routes give them."""
    ids = {name: value for name, value in vars(world).items() if isinstance(value, int)}
    return {**ids, "tenant_id": world.tenant.id, "run_id": world.run.id, "workspace_id": world.tenant.workspace_id}


def _values(rule: Rule, known: dict[str, int]) -> dict[str, int]:
    return {name: known.get(name, known.get("other", 1)) for name in rule.arguments}
