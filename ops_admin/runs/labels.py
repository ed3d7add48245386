"""What operations are called (R29): the catalog is the only source of labels."""

from flask_babel import gettext

from ops_admin.runs.catalog import catalog


def label_of(type_key: str) -> str:
    """Return the operation's label from the catalog; one from old data shows as "Unknown operation" (R29)."""
    operation = catalog.find(type_key)
    return str(operation.label) if operation is not None else gettext("Unknown operation")
