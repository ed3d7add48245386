"""What lists and items omit."""

from __future__ import annotations

from ops_admin.simulator.messages import Call
from ops_admin.simulator.shapes import Document, Resource


def hide_in_list(served: Document, call: Call, resource: Resource, *, strict: bool) -> None:
    """Remove from a row what only the item has: a list shows null, or something untrue."""
    for name in resource.item_only & served.keys():
        served[name] = None
    if strict:
        served.update({name: value for name, value in resource.list_shows.items() if name in served})
    hide_in_item(served, call, resource, strict=strict)


def hide_in_item(served: Document, call: Call, resource: Resource, *, strict: bool) -> None:
    """Remove what this version lacks, what has an address of its own, and what must be selected by name."""
    for name in resource.beta_only if call.version == "v1.0" else ():
        served.pop(name, None)
    if not strict:
        return
    for name in resource.apart & served.keys():
        served[name] = None
    asked = {name.strip() for name in call.query.get("$select", "").split(",")}
    for name in resource.selected_only - asked:
        served.pop(name, None)
