"""Rules that make matching requests fail. They can be set while the service runs."""

from __future__ import annotations

import itertools
import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ops_admin.simulator.effects import EFFECTS
from ops_admin.simulator.messages import Answer, Call


@dataclass
class Rule:
    """Which requests (`method`, `path` as a pattern over path and query, `tenant`) get which effect.

    `skip` lets that many requests through first, and `times` limits how often the effect occurs (None: always).
    `probability` is drawn from a separate generator with `seed`, so that a run can be repeated.
    """

    effect: str
    options: dict[str, Any] = field(default_factory=dict)
    method: str | None = None
    path: str | None = None
    tenant: str | None = None
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    seed: int = 0
    id: int = 0
    matched: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            raise ValueError(f"unknown effect '{self.effect}'; known are {', '.join(sorted(EFFECTS))}")
        self._pattern = re.compile(self.path or "")
        self._chance = random.Random(self.seed)  # noqa: S311 - repeatable faults, not secrets

    def concerns(self, call: Call, tenant_id: str | None) -> bool:
        """Whether the rule applies to the call."""
        return (
            (self.method is None or self.method.upper() == call.method)
            and self.tenant in (None, tenant_id)
            and self._pattern.search(call.target) is not None
        )

    def strikes(self) -> bool:
        """Whether the effect occurs this time. Counts the request."""
        self.matched += 1
        used_up = self.times is not None and self.struck >= self.times
        if used_up or self.matched <= self.skip or self._chance.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def shown(self) -> dict[str, Any]:
        """Return the rule as the control API shows it."""
        names = ("id", "effect", "options", "method", "path", "tenant", "times", "skip", "probability", "seed")
        return {name: getattr(self, name) for name in (*names, "matched", "struck")}


class Faults:
    """The active rules, tried in the order in which they were added."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self._lock = threading.Lock()
        self._ids = itertools.count(1)

    def add(self, rule: Rule) -> Rule:
        """Activate a rule and assign its id."""
        with self._lock:
            rule.id = next(self._ids)
            self.rules.append(rule)
        return rule

    def remove(self, rule_id: int | None = None) -> int:
        """Remove one rule, or all. Returns how many were removed."""
        with self._lock:
            kept = [] if rule_id is None else [rule for rule in self.rules if rule.id != rule_id]
            removed = len(self.rules) - len(kept)
            self.rules = kept
        return removed

    def around(self, call: Call, tenant_id: str | None, proceed: Callable[[], Answer]) -> Answer:
        """Return the answer of `proceed`, as the rules pass, change or replace it."""
        return self._from(self._concerning(call, tenant_id), call, proceed)

    def _concerning(self, call: Call, tenant_id: str | None) -> list[Rule]:
        with self._lock:
            return [rule for rule in self.rules if rule.concerns(call, tenant_id)]

    def _from(self, rules: list[Rule], call: Call, proceed: Callable[[], Answer]) -> Answer:
        for position, rule in enumerate(rules):
            with self._lock:
                strikes = rule.strikes()
            if strikes:
                onward = partial(self._from, rules[position + 1 :], call, proceed)
                return EFFECTS[rule.effect](call, rule.options, onward)
        return proceed()
