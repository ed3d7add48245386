"""All wiring is in one place (R85): a feature declares itself in its `feature.py`, and `app.py` lists the features."""

import ast
import re
from pathlib import Path

from flask import Flask

from ops_admin import app as composition
from tests.support.sources import called_name, product_sources

SOURCES = product_sources()
FEATURE_FILES = [source for source in SOURCES if source.name.endswith("feature.py") and source.name != "features.py"]
WIRING = {"connect", "register_blueprint", "periodic_task", "add_periodic", "keep_for", "prune_besides"}
# The registries themselves, and modules where `connect` belongs to a library.
OTHER_CONNECTIONS = {
    "infra/channels.py",
    "infra/database.py",
    "infra/queue.py",
    "auth/microsoft/views.py",
    "infra/adapters/socketio_managers.py",
    "simulator/control.py",
    "telemetry/requests.py",
}


def test_every_feature_file_is_listed_in_the_composition_root() -> None:
    imported = {node.module for node in ast.walk(tree_of("app.py")) if isinstance(node, ast.ImportFrom)}
    declared = {f"ops_admin.{source.name.removesuffix('/feature.py').replace('/', '.')}" for source in FEATURE_FILES}
    assert declared <= imported
    assert len(composition.FEATURES) == len(FEATURE_FILES)


def test_features_have_names_of_their_own() -> None:
    names = [feature.name for feature in composition.FEATURES]
    assert len(set(names)) == len(names)


def test_nothing_but_the_composition_root_wires() -> None:
    wiring = {source.name for source in SOURCES if {called_name(call) for call in source.calls()} & WIRING}
    assert wiring - OTHER_CONNECTIONS == {"app.py"}


def test_what_a_feature_binds_is_its_own() -> None:
    """What `setup` connects in another feature would not stand in the list of `app.py`."""
    for source in FEATURE_FILES:
        tree = ast.parse(source.path.read_text())
        own = f"ops_admin.{source.name.removesuffix('/feature.py').replace('/', '.')}."
        foreign = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if f"{node.module}.{alias.name}".startswith("ops_admin.")
            and not f"{node.module}.{alias.name}".startswith((own, "ops_admin.infra.", "ops_admin.config."))
        }
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        used = {node.id for function in functions for node in ast.walk(function) if isinstance(node, ast.Name)}
        assert not used & foreign, source.name


def test_no_module_binds_itself_to_the_application() -> None:
    assert not [source.name for source in SOURCES if re.search(r"def init_app\b", source.path.read_text())]


def test_the_composition_root_says_who_hears_what(app: Flask) -> None:
    written = dict(re.findall(r"^([A-Za-z][^:\n]*): ((?:.|\n(?=    ))*)$", listing(), re.MULTILINE))
    told = {name: [each.strip() for each in names.split(",")] for name, names in written.items()}
    assert told == connected()


def listing() -> str:
    nodes = [node.value for node in tree_of("app.py").body if isinstance(node, ast.Expr)]
    [text] = [
        str(node.value) for node in nodes if isinstance(node, ast.Constant) and "Who hears what" in str(node.value)
    ]
    return text.partition("true):\n")[2]


def connected() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for feature in composition.FEATURES:
        for channel, subscriber in feature.subscribers:
            names = found.setdefault(channel.name, [])
            names.append(f"{subscriber.__module__.removeprefix('ops_admin.')}.{subscriber.__name__}")
    return found


def tree_of(name: str) -> ast.Module:
    return ast.parse((Path(composition.__file__).parent / name).read_text())
