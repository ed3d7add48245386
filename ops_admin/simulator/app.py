"""The simulated service as a Flask application: login, Graph and the control API on one origin."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict, Unpack

from flask import Flask, Response, jsonify, request

from ops_admin.simulator import demo
from ops_admin.simulator.control import add_control
from ops_admin.simulator.corpus import load_corpus
from ops_admin.simulator.errors import GraphError, unknown_segment
from ops_admin.simulator.login import LoginService
from ops_admin.simulator.messages import Answer, Call, with_dollars
from ops_admin.simulator.pipeline import Pipeline, failed
from ops_admin.simulator.routing import VERSIONS
from ops_admin.simulator.store import Store
from ops_admin.simulator.tenants import Tenant
from ops_admin.simulator.throttle import Limits, Throttle
from ops_admin.simulator.tokens import TokenMint

CUT = "simulator.cut"
"""WSGI environment key: the number of bytes after which the server breaks off the connection."""

METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


class Options(TypedDict, total=False):
    """Options of a simulator.

    `corpus` is a folder of exported policies that replaces those of the first tenant. `latency` in seconds is added to
    each request. `strict` (default True) makes the demo tenants refuse what a real one refuses. `limits` (default
    False) enforces the service limits.
    """

    corpus: Path | None
    latency: float
    strict: bool
    limits: bool


def create_simulator(*, tenants: Iterable[Tenant] | None = None, **options: Unpack[Options]) -> Flask:
    """Create a simulated Microsoft tenant service. `tenants` replaces the demo tenants.

    Raises `CorpusError`, naming the file, if an export cannot be read.
    """
    held = list(demo.tenants(strict=options.get("strict", True)) if tenants is None else tenants)
    corpus = options.get("corpus")
    if corpus is not None:
        load_corpus(corpus, held[0])
    app = Flask("ops_admin.simulator", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # preserves Graph's order of properties
    store, mint = Store(held), TokenMint()
    throttle = Throttle(Limits(retry_after="sometimes") if options.get("limits") else None)
    login = LoginService(store, mint)
    pipeline = Pipeline(store, mint, login, throttle=throttle, latency=options.get("latency", 0.0))
    _add_login(app, pipeline)
    _add_graph(app, pipeline)
    add_control(app, pipeline)
    app.before_request(_read_whole_body)
    return app


def _read_whole_body() -> None:
    """Read the rest of the body, which would otherwise be parsed as the connection's next request."""
    request.get_data(cache=True)


def _add_login(app: Flask, pipeline: Pipeline) -> None:
    login = pipeline.login

    @app.get("/<tenant>/v2.0/.well-known/openid-configuration")
    def discover(tenant: str) -> Response:
        tenant_id = pipeline.store.find_tenant_id(tenant)
        return respond(pipeline.guard(_bare_call(), tenant_id, lambda: login.discover(tenant)))

    @app.get("/<tenant>/oauth2/v2.0/authorize")
    def authorize(tenant: str) -> Response:
        asked, tenant_id = request.args.to_dict(), pipeline.store.find_tenant_id(tenant)
        return respond(pipeline.guard(_bare_call(), tenant_id, lambda: login.signing_in.authorize(tenant, asked)))

    @app.post("/<tenant>/oauth2/v2.0/token")
    def token(tenant: str) -> Response:
        form, tenant_id = request.form.to_dict(), pipeline.store.find_tenant_id(tenant)
        return respond(pipeline.guard(_bare_call(), tenant_id, lambda: login.token(tenant, form)))


def _add_graph(app: Flask, pipeline: Pipeline) -> None:
    @app.route("/<any('beta','v1.0'):version>/<path:path>", methods=METHODS)
    def graph(version: str, path: str) -> Response:
        try:
            call = read_call()
        except GraphError as error:
            return respond(failed(_bare_call(), error))
        return respond(pipeline.serve(call))

    @app.errorhandler(404)
    def nowhere(_error: object) -> Response:
        version = request.path.split("/")[1]
        text = unknown_segment(request.path.rpartition("/")[2]) if version in VERSIONS else _no_version(version)
        return respond(failed(_bare_call(), text))

    @app.errorhandler(500)
    def broken(_error: object) -> Response:
        return respond(failed(_bare_call(), GraphError(500, "InternalServerError", "An error has occurred.")))


def _bare_call() -> Call:
    """The request without its query and body, for fault rules and the log."""
    return Call(request.method, request.path, request.host_url.rstrip("/"), headers=dict(request.headers))


def read_call() -> Call:
    """Return the HTTP request as a call. Raises 400 for a body that is not JSON."""
    return Call(
        method=request.method,
        path=request.path,
        origin=request.host_url.rstrip("/"),
        query=with_dollars(request.args.to_dict()),
        headers=dict(request.headers),
        body=_json_body(),
    )


def _json_body() -> Any:
    if not request.get_data(cache=True):
        return None
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # nested too deeply
        body = None
    if body is None:
        raise GraphError(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid"
            " JSON format.",
        )
    return body


def respond(answer: Answer) -> Response:
    """Return an answer as HTTP, with the headers that Graph always sends."""
    if answer.raw is not None:
        response = Response(answer.raw, answer.status, content_type=answer.raw_type)
    elif answer.body is None:
        response = Response(status=answer.status)
    else:
        response = jsonify(answer.body)
        response.status_code = answer.status
        response.content_type = "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8"
    response.headers.update(answer.headers)
    response.headers.setdefault("request-id", str(uuid.uuid4()))
    if answer.cut is not None:
        request.environ.get(CUT, []).append(answer.cut)
    return response


def _no_version(version: str) -> GraphError:
    return GraphError(404, "BadRequest", f"Invalid version: {version}")
