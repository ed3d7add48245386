"""The labels of operations (R29). The catalog is their only source."""

from flask_babel import gettext

from ops_admin.runs.catalog import catalog


def label_of(type_key: str) -> str:
    """Return the operation's label from the catalog, or "Unknown operation" for an unknown type from old data (R29)."""
    operation = catalog.find(type_key)
    return str(operation.label) if operation is not None else gettext("Unknown operation")
