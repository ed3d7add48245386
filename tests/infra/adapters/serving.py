"""A process that serves like `ops-admin web`, without the console: prints the calls of its hooks."""

import os
import socket
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ops_admin.infra.adapters.gunicorn_server import ServerHooks, ThreadedServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SLOW = "/slow"
CRASH = "/crash"


def say(text: str) -> None:
    """Print a complete line at once, since the threads of the server print, too."""
    os.write(sys.stdout.fileno(), f"{text}\n".encode())


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer at once, never, or by dying, depending on the path."""
    if environ["PATH_INFO"] == SLOW:
        say("asked")
        time.sleep(3600)
    if environ["PATH_INFO"] == CRASH:
        os._exit(1)
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def hurry() -> None:
    """Do what the console does."""
    say("hurry")
    os._exit(0)


def main() -> None:
    """Serve on a free port, which is printed first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        say(str(listener.getsockname()[1]))
        hooks = ServerHooks(
            load=lambda: application,
            started=lambda is_first: say(f"started {is_first}"),
            stopping=lambda: say("stopping"),
            hurry=hurry,
            exiting=lambda: say("exiting"),
        )
        settings = {"bind": f"fd://{listener.detach()}", "threads": 4, "graceful_timeout": 60, "loglevel": "warning"}
        ThreadedServer(hooks, settings).run()


if __name__ == "__main__":
    main()
