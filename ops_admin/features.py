"""How a feature declares itself (R85): one `Feature` in its `feature.py`. `app.py` alone puts features together."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from flask import Blueprint, Flask

    from ops_admin.infra.channels import Channel
    from ops_admin.runs.catalog import OperationType

Hold = Callable[[Collection[int]], Collection[int]]
"""Given ids of runs, returns those that something living still refers to."""


@dataclass(frozen=True)
class Periodic:
    """Work that the queue's clock hands to a worker in every minute for which `when` holds (`infra.queue.crontab`).

    `work` is called inside the application's context; several workers may call it at once. `urgent` work overtakes what
    waits in the queue.
    """

    name: str
    when: Callable[[datetime], bool]
    work: Callable[[], object]
    urgent: bool = False


@dataclass(frozen=True)
class Retention:
    """Records besides runs that grow old (R48).

    `count(before)` says how many are older than a moment; `remove(before, limit)` deletes at most `limit` of them and
    returns how many.
    """

    name: str
    count: Callable[[datetime], int]
    remove: Callable[[datetime, int], int]


@dataclass(frozen=True)
class NavigationItem:
    """A line of the menu: of the console, or of each tenant, whose `path` then follows `/tenants/<id>`.

    Lines stand in the order of their `position`. One is marked as current on its page and, unless `exact`, on all pages
    below. With a `capability` only those who have it on the tenant see the line.
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
    """Everything that a part of the console brings to the whole.

    `subscribers` pairs channels with who listens. `holds` name the runs that pruning must keep, `retention` what it
    deletes besides runs. `template_globals` are names for every template, `context` is called for each page.
    `health` are checks of `/readyz` that raise when something is not there. `setup` binds a library to the application;
    it must not wire an event or an operation.
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
    """Let `features_of` find the features of an application."""
    app.extensions[_EXTENSION] = tuple(features)


def features_of(app: "Flask") -> tuple[Feature, ...]:
    """Return the features that `app` was made of, in order."""
    known: tuple[Feature, ...] = app.extensions[_EXTENSION]
    return known
