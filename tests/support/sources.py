"""The product's own source code, for tests that read it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ops_admin"
TEMPLATES = ROOT / "templates"
MIGRATIONS = ROOT / "migrations" / "versions"


@dataclass(frozen=True)
class Source:
    """One Python file of the product."""

    path: Path
    root: Path = PACKAGE

    @property
    def name(self) -> str:
        """Its path in the package, for example "runs/service.py"."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def package(self) -> str:
        """The first folder, or the module itself, for example "runs" or "app"."""
        return self.name.removesuffix(".py").partition("/")[0]

    @property
    def module(self) -> str:
        """The name under which it is imported, for example "ops_admin.runs.service"."""
        parts = ("ops_admin", *self.name.removesuffix(".py").split("/"))
        return ".".join(part for part in parts if part != "__init__")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.path.read_text(), self.path)

    def calls(self) -> Iterator[ast.Call]:
        """Every call in it."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def strings(self) -> Iterator[str]:
        """Every string literal in it, including the fixed parts of f-strings."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value

    def values(self) -> Iterator[ast.Constant]:
        """Every string literal that the program uses, without docstrings."""
        documents = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
                yield node

    def functions(self) -> Iterator[ast.FunctionDef]:
        """Every function and method in it."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef))


def product_sources() -> list[Source]:
    """Every Python file of the package."""
    return [Source(path) for path in sorted(PACKAGE.rglob("*.py"))]


def plant(folder: Path, name: str, violation: str) -> Source:
    """A copy of one product file, under `folder`, with `violation` appended."""
    path = folder / PACKAGE.name / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{(PACKAGE / name).read_text()}\n\n{violation}\n")
    return Source(path, folder / PACKAGE.name)


def called_name(call: ast.Call) -> str:
    """The last part of the called name: "emit" for `socketio.emit(…)`."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""
