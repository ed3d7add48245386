"""A trace leads from the click through the queue to the end of the run; without a collector nothing is traced."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from ops_admin.access.capabilities import Role
from ops_admin.config import Settings
from ops_admin.runs.worker.execution import execute
from ops_admin.telemetry import exporting, tracing
from ops_admin.telemetry.spans import OpenTelemetryTracer
from tests.graph.simulated import CONTOSO, Simulator
from tests.support.application import make_settings
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant

JSON = {"Accept": "application/json"}
OUTSIDE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path, simulator: Simulator) -> Settings:
    graph = {"OPS_ADMIN_GRAPH_URL": simulator.url, "OPS_ADMIN_LOGIN_URL": simulator.url}
    return make_settings(tmp_path, sqlite_url, **graph)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.use(OpenTelemetryTracer(SimpleSpanProcessor(exporter)))
    yield exporter
    tracing.shut_down()


def test_one_trace_holds_click_start_run_graph_and_end(
    app_context: Flask, client: ConsoleClient, spans: InMemorySpanExporter
) -> None:
    tenant = make_tenant(external_id=CONTOSO)
    client.sign_in(make_member(tenant, Role.OPERATOR).email)
    spans.clear()
    answer = client.post(f"/tenants/{tenant.id}/directory/sync", headers={**JSON, **OUTSIDE})
    assert answer.json
    execute(answer.json["run_id"])
    found = {span.name: span for span in spans.get_finished_spans()}
    click, start, run = found["POST"], found["start directory.groups.sync"], found["run directory.groups.sync"]
    assert [parent_of(span) for span in (start, run)] == [id_of(click), id_of(start)]
    assert parent_of(found["finish"]) == parent_of(found["Graph GET /beta/groups"]) == id_of(run)
    assert len({span.context.trace_id for span in found.values() if span.context}) == 1
    assert click.parent is None, "whoever comes directly continues no trace of theirs"


def test_spans_say_what_was_asked_and_nothing_personal(
    app_context: Flask, client: ConsoleClient, spans: InMemorySpanExporter
) -> None:
    tenant = make_tenant(external_id=CONTOSO)
    user = make_member(tenant, Role.OPERATOR)
    client.sign_in(user.email)
    answer = client.post(f"/tenants/{tenant.id}/inventory/sync", headers=JSON)
    assert answer.json
    execute(answer.json["run_id"])
    told = "\n".join(span.to_json() for span in spans.get_finished_spans())
    assert '"http.route": "/tenants/<int:tenant_id>/inventory/sync"' in told
    assert '"http.response.status_code": 200' in told
    for secret in (user.email, user.display_name, CONTOSO, "Bearer", "access_token"):
        assert secret not in told


def test_a_failure_is_marked_by_its_name_alone(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="hunter2"), tracing.span("something"):
        raise ValueError("password=hunter2")
    [span] = spans.get_finished_spans()
    assert (span.status.status_code, span.status.description, span.events) == (StatusCode.ERROR, "ValueError", ())


def test_without_a_collector_nothing_is_traced() -> None:
    exporting.set_up({})
    with tracing.span("something") as span:
        span.note(number=1)
    assert (tracing.carrier(), tracing.trace_id()) == ({}, None)


def test_missing_packages_are_logged_and_not_fatal(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(exporting, "_PACKAGES", ("opentelemetry.sdk", "opentelemetry.no_such_part.at_all"))
    with caplog.at_level(logging.WARNING):
        exporting.set_up({exporting.ENDPOINT: "http://127.0.0.1:4318"})
    assert "ops_admin[telemetry]" in caplog.text
    assert tracing.carrier() == {}


def id_of(span: ReadableSpan) -> int:
    assert span.context
    return int(span.context.span_id)


def parent_of(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None
