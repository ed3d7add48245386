"""A line to a server is kept while the server keeps it, and opened anew when the server has hung up."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.virtual_user import Line


class Server(ThreadingHTTPServer):
    """Hangs up on a connection when it has been silent for `patience` seconds, and notes each."""

    daemon_threads = True
    patience = 60.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.opened = 0
        self.hung_up = threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        self.server.opened += 1
        super().setup()
        self.connection.settimeout(self.server.patience)

    def finish(self) -> None:
        super().finish()
        self.request.close()
        self.server.hung_up.set()

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_line_is_kept(server: Server) -> None:
    line = Line(f"http://127.0.0.1:{server.server_port}", {})
    for _ in range(3):
        line.ask("POST", "/")
    line.close()
    assert server.opened == 1


def test_a_line_on_which_the_server_has_hung_up_is_opened_anew(server: Server) -> None:
    server.patience = 0.1
    line = Line(f"http://127.0.0.1:{server.server_port}", {})
    line.ask("POST", "/")
    assert server.hung_up.wait(10)
    line.ask("POST", "/")
    line.close()
    assert server.opened == 2
