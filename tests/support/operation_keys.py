"""Which operation types the code can produce (R29), read from its sources.

A type is passed to `dispatch.start`, `dispatch.prepare` or `NewRun`, often through other functions. A function that
passes on one of its own parameters is treated like them: each call of it is followed in turn.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from tests.support.sources import Source

# A function or class, by module and name; and its type argument, by position and name.
Taker = tuple[str, str]
Argument = tuple[int | None, str]
TAKERS: dict[Taker, Argument] = {
    ("ops_admin.runs.dispatch", "start"): (0, "type_key"),
    ("ops_admin.runs.dispatch", "prepare"): (0, "type_key"),
    ("ops_admin.runs.ledger", "NewRun"): (4, "type"),
    ("dataclasses", "replace"): (None, "type"),
}
OPERATION_TYPE = ("ops_admin.runs.catalog", "OperationType")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Place = tuple[str, str]
"""A file and an expression in it."""


@dataclass
class Produced:
    """The types that were found, and the expressions whose value is known only at run time."""

    keys: set[str] = field(default_factory=set)
    unknown: set[Place] = field(default_factory=set)


class Reading:
    """The sources, with the meaning of their names."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.sources = {source.module: source for source in sources}
        self.takers = dict(TAKERS)

    def produced(self) -> Produced:
        """Follow every type to where it is written."""
        known = 0
        while known < len(self.takers):
            known, found = len(self.takers), Produced()
            for source in self.sources.values():
                self._look_at(source, found)
        return found

    def _look_at(self, source: Source, found: Produced) -> None:
        uses = _uses(source)
        for call, within in uses.calls:
            place = self.takers.get(self.meaning(source, call.func) or ("", ""))
            for argument in _argument(call, place) if place is not None else ():
                self.follow(source, argument, within, found)
        for node in uses.names:
            # A function that is passed on instead of called could be given any type.
            if self.meaning(source, node) in self.takers.keys() - _HARMLESS:
                found.unknown.add((source.name, ast.unparse(node)))

    def untold(self) -> set[Taker]:
        """The functions that pass a type on and are never called by name: the type comes from a person
        or from outside.
        """
        called = {
            self.meaning(source, call.func) for source in self.sources.values() for call, _ in _uses(source).calls
        }
        return self.takers.keys() - TAKERS.keys() - called

    def declared(self) -> Produced:
        """The keys of all operation types that are defined, registered or not."""
        found = Produced()
        for source in self.sources.values():
            for call, _ in _uses(source).calls:
                if self.meaning(source, call.func) == OPERATION_TYPE:
                    self.follow(source, call, [], found)
        return found

    def constant(self, module: str, name: str) -> Produced:
        """The types in a module's constant."""
        found = Produced()
        self.follow(self.sources[module], ast.Name(name), [], found)
        return found

    def meaning(self, source: Source, node: ast.expr) -> Taker | None:
        """The module and name that an expression refers to, or None."""
        names = _names_of(source)
        if isinstance(node, ast.Name):
            return names.get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            module, name = names[node.value.id]
            return (f"{module}.{name}".rstrip("."), node.attr)
        return None

    def follow(self, source: Source, node: ast.expr, within: list[Function], found: Produced) -> None:
        """Add everything that `node` can be to `found`."""
        match node:
            case ast.Constant(value=str(key)):
                found.keys.add(key)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts) | ast.BoolOp(values=parts):
                for part in parts:
                    self.follow(source, part, within, found)
            case ast.IfExp(body=body, orelse=orelse):
                self.follow(source, body, within, found)
                self.follow(source, orelse, within, found)
            case ast.Call(func=function) if self.meaning(source, function) == OPERATION_TYPE:
                for argument in _argument(node, (0, "key")):
                    self.follow(source, argument, within, found)
            case ast.Name(id=name) if self._follow_local(source, name, within, found):
                pass
            case _:
                self._follow_meaning(source, node, found)

    def _follow_local(self, source: Source, name: str, within: list[Function], found: Produced) -> bool:
        for function in reversed(within):
            assigned = list(_assigned(function, name))
            for value in assigned:
                self.follow(source, value, within, found)
            parameters = _parameters(function)
            if name in parameters:
                self.takers.setdefault((source.module, function.name), (parameters.index(name), name))
                for default in _defaults(function, name):
                    self.follow(source, default, [], found)
            if assigned or name in parameters:
                return True
        return False

    def _follow_meaning(self, source: Source, node: ast.expr, found: Produced) -> None:
        module, name = self.meaning(source, node) or ("", "")
        home = self.sources.get(module)
        values = list(_assigned(home.tree, name)) if home is not None else []
        for value in values:
            self.follow(home or source, value, [], found)
        if not values:
            found.unknown.add((source.name, ast.unparse(node)))


@dataclass
class _Uses(ast.NodeVisitor):
    """What a source calls, and what it names without calling, each with the enclosing functions."""

    calls: list[tuple[ast.Call, list[Function]]] = field(default_factory=list)
    names: list[ast.Name | ast.Attribute] = field(default_factory=list)
    _within: list[Function] = field(default_factory=list)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:  # the visitor's own naming
        self._within.append(node)
        self.generic_visit(node)
        self._within.pop()

    def visit_Call(self, node: ast.Call) -> None:
        self.calls.append((node, list(self._within)))
        for part in (*node.args, *node.keywords):
            self.visit(part)
        if not isinstance(node.func, ast.Name):
            self.generic_visit(node.func)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.names.append(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.names.append(node)
        self.generic_visit(node)


@cache
def _uses(source: Source) -> _Uses:
    uses = _Uses()
    uses.visit(source.tree)
    return uses


# Classes also appear in annotations.
_HARMLESS = {("ops_admin.runs.ledger", "NewRun"), ("dataclasses", "replace")}


@cache
def _names_of(source: Source) -> dict[str, Taker]:
    """What the top-level names of a module refer to. A module itself has the name ""."""
    names: dict[str, Taker] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: (node.module or "", alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: (alias.name, "") for alias in node.names}
    for statement in source.tree.body:
        own = [statement.name] if isinstance(statement, Function | ast.ClassDef) else _targets(statement)
        names |= {name: (source.module, name) for name in own}
    return names


def _argument(call: ast.Call, place: Argument) -> list[ast.expr]:
    position, name = place
    named = [given.value for given in call.keywords if given.arg == name]
    return named + (call.args[position : position + 1] if position is not None else [])


def _assigned(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    """What is assigned to a name, including by a loop."""
    for node in ast.walk(scope):
        if name not in _targets(node):
            continue
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            yield node.value
        elif isinstance(node, ast.For | ast.comprehension):
            yield node.iter


def _targets(node: ast.AST) -> list[str]:
    match node:
        case ast.Assign(targets=targets):
            pass
        case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
            targets = [target]
        case ast.For(target=target) | ast.comprehension(target=target):
            targets = [target]
        case _:
            return []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _parameters(function: Function) -> list[str]:
    given = function.args
    return [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _defaults(function: Function, name: str) -> Iterator[ast.expr]:
    given = function.args
    positional = [each.arg for each in (*given.posonlyargs, *given.args)]
    of_positional = dict(zip(reversed(positional), reversed(given.defaults), strict=False))
    of_named = dict(zip([each.arg for each in given.kwonlyargs], given.kw_defaults, strict=True))
    default = of_positional.get(name) or of_named.get(name)
    if default is not None:
        yield default
