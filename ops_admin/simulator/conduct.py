"""The behaviour of one tenant, set through the control API."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

FOREIGN_TOKENS = ("refuse", "break")


@dataclass(frozen=True)
class Conduct:
    """How a tenant behaves.

    A `strict` tenant behaves like a real one. Otherwise bodies are hardly checked, and lists show what real ones omit.
    `approvals` names the type keys (`*`: all of Intune) whose writes wait for a second administrator, requested with
    status `approval_status`. `withheld` are permissions that the application was not granted. `foreign_tokens` says
    what happens to a secret's token from another tenant: "refuse" the write, or keep the setting broken ("break").
    `publishing_seconds` is how long a store app takes to be published.
    """

    strict: bool = True
    approvals: frozenset[str] = frozenset()
    approval_status: int = 400
    withheld: frozenset[str] = frozenset()
    foreign_tokens: str = "refuse"
    publishing_seconds: float = 0.0

    def changed(self, values: dict[str, Any]) -> Conduct:
        """Return a copy with other values. Raises ValueError for an unknown name or value."""
        if unknown := values.keys() - {field.name for field in fields(self)}:
            raise ValueError(f"unknown conduct: {', '.join(sorted(unknown))}")
        sets: dict[str, Any] = {name: frozenset(values[name]) for name in ("approvals", "withheld") if name in values}
        every: dict[str, Any] = {**vars(self), **values, **sets}
        changed = Conduct(**every)
        if changed.foreign_tokens not in FOREIGN_TOKENS:
            raise ValueError(f"foreign_tokens is one of {', '.join(FOREIGN_TOKENS)}")
        return changed

    def shown(self) -> dict[str, Any]:
        """Return the conduct as JSON."""
        return {**vars(self), "approvals": sorted(self.approvals), "withheld": sorted(self.withheld)}
