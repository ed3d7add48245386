"""What the console is compared with: the same libraries on the same server and engine, without our code."""

import socket
import time
from collections.abc import Mapping
from functools import partial

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_socketio import SocketIO
from gunicorn.workers.gthread import ThreadWorker
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert

from ops_admin.config import Settings
from ops_admin.infra.database import prepare_engine
from ops_admin.realtime import MOST_SOCKETS
from ops_admin.server.web import WebServer

EVENT = "run-enqueued"

# As many values as a widget row has, so that the messages have the same size.
_PAYLOAD = {f"value_{number}": "0123456789abcdef" for number in range(15)}

_metadata = MetaData()
_inserts = Table("bench_inserts", _metadata, Column("id", Integer, primary_key=True), Column("text", String(100)))


class BareServer(WebServer):
    """The console's gunicorn without its consumer and its handling of open sockets."""

    def settings(self) -> Mapping[str, object]:
        """Return the console's settings, except for the worker class."""
        return {**super().settings(), "worker_class": ThreadWorker}

    def load(self) -> Flask:
        """Create the application, without a connection limit."""
        return self._make_app()


def make_bare_app(settings: Settings) -> Flask:
    """Create an application that answers, inserts one row, and emits to everybody."""
    app = Flask("bench.bare")
    sockets = SocketIO(app, async_mode="threading", transports=["websocket"], message_queue=settings.redis_url)
    engine = create_engine(settings.database_url, pool_size=10)
    prepare_engine(engine)

    @app.get("/readyz")
    def ready() -> ResponseReturnValue:
        _metadata.create_all(engine)
        return {"status": "ok"}

    @app.post("/insert")
    def insert_row() -> ResponseReturnValue:
        with engine.begin() as connection:
            connection.execute(insert(_inserts).values(text="0123456789abcdef"))
        return {"status": "ok"}

    @app.post("/emit/<int:number>")
    def emit(number: int) -> ResponseReturnValue:
        at = time.perf_counter()
        sockets.emit(EVENT, {**_PAYLOAD, "run_id": number, "revision": number})
        return {"run_id": number, "at": at}

    return app


def serve_bare(settings: Settings, listener: socket.socket, sockets: int = MOST_SOCKETS) -> None:
    """Serve it like the console."""
    application = partial(make_bare_app, settings)
    BareServer(application, listener, consume=False, on_ready=lambda: None, sockets=sockets).run()
