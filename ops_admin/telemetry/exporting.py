"""Traces are exported if `OTEL_EXPORTER_OTLP_ENDPOINT` is set and `ops_admin[telemetry]` is installed."""

import logging
import os
from collections.abc import Mapping
from importlib.util import find_spec

from ops_admin.telemetry import tracing

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")

log = logging.getLogger(__name__)


def set_up(environ: Mapping[str, str] = os.environ) -> None:
    """Start tracing if the environment asks for it; called in each process after it was forked."""
    if not environ.get(ENDPOINT):
        return
    if not all(map(_is_installed, _PACKAGES)):
        log.warning("%s is set, but nothing is traced: install ops_admin[telemetry]", ENDPOINT)
        return
    from ops_admin.telemetry.spans import exporting_tracer  # imported here, because the packages are optional

    tracing.use(exporting_tracer())


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # even its parent package is missing
        return False
