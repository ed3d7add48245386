"""WHAT IS DONE TO A TENANT: a sub-package a feature, the same file names in each."""

from flask import Flask

from ops_admin.runs.catalog import OperationType

__all__ = ["OPERATIONS", "init_app"]

# Every operation of this package; the composition root puts them into the catalog.
OPERATIONS: tuple[OperationType, ...] = ()


def init_app(app: Flask) -> None:
    """Serve the pages and start forms of a tenant."""
