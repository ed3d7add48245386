"""How a feature declares itself (R85): one `Feature` in its `feature.py`. Only `app.py` assembles them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from flask import Blueprint, Flask

    from ops_admin.infra.channels import Channel
    from ops_admin.runs.catalog import OperationType

Hold = Callable[[Collection[int]], Collection[int]]
"""Takes run ids and returns those that something living still refers to."""


@dataclass(frozen=True)
class Periodic:
    """Work that the queue's clock hands to a worker in every minute for which `when` holds (`infra.queue.crontab`).

    `work` runs in the application context, possibly in several workers at once. `urgent` work overtakes waiting
    messages.
    """

    name: str
    when: Callable[[datetime], bool]
    work: Callable[[], object]
    urgent: bool = False


@dataclass(frozen=True)
class Retention:
    """A kind of record besides runs that grows old (R48).

    `count(before)` returns how many are older than `before`. `remove(before, limit)` deletes at most `limit` of them
    and returns how many.
    """

    name: str
    count: Callable[[datetime], int]
    remove: Callable[[datetime, int], int]


@dataclass(frozen=True)
class NavigationItem:
    """An entry in the console's menu, or in that of each tenant, where `path` follows `/tenants/<id>`.

    Entries are sorted by `position`. An entry is marked as current on its page and, unless `exact`, on all pages below
    it. With a `capability`, only those who have it on the tenant see the entry.
    """

    menu: Literal["console", "tenant"]
    label: object
    icon: str
    path: str
    position: int
    capability: str | None = None
    exact: bool = False


@dataclass(frozen=True)
class Feature:
    """Everything that a part of the console contributes.

    `subscribers` pairs channels with their subscribers. `holds` name the runs that pruning must keep, `retention` the
    records besides runs that it deletes. `template_globals` are available in every template; `context` is called for
    each page. `health` has checks for `/readyz`, which raise if something is unavailable. `setup` binds a library to
    the application; it must not wire events or operations.
    """

    name: str
    setup: Callable[["Flask"], None] | None = None
    blueprints: tuple["Blueprint", ...] = ()
    operations: tuple["OperationType", ...] = ()
    failure_codes: Mapping[str, object] = field(default_factory=dict)
    subscribers: tuple[tuple["Channel[Any]", Callable[..., object]], ...] = ()
    periodic: tuple[Periodic, ...] = ()
    retention: tuple[Retention, ...] = ()
    holds: tuple[Hold, ...] = ()
    navigation: tuple[NavigationItem, ...] = ()
    template_globals: Mapping[str, object] = field(default_factory=dict)
    context: Callable[[], dict[str, Any]] | None = None
    health: Mapping[str, Callable[[], object]] = field(default_factory=dict)


_EXTENSION = "ops_admin.features"


def keep_features(app: "Flask", features: Sequence[Feature]) -> None:
    """Store the features of an application for `features_of`."""
    app.extensions[_EXTENSION] = tuple(features)


def features_of(app: "Flask") -> tuple[Feature, ...]:
    """Return the features of `app`, in order."""
    known: tuple[Feature, ...] = app.extensions[_EXTENSION]
    return known
