"""Ids of the demo: the same in every run, in the form that Graph uses (UUID version 4)."""

from __future__ import annotations

import uuid

NAMESPACE = uuid.UUID("0e4f4b52-9d0c-4a5e-8f29-6c0f6f1f7a11")


def demo_id(*names: str) -> str:
    """Return the id derived from these names."""
    digest = uuid.uuid5(NAMESPACE, "/".join(names))
    return str(uuid.UUID(bytes=digest.bytes, version=4))
