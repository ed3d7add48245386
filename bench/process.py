"""The measured processes: `python -m bench.process …`, configured by the environment like `ops-admin`."""

import json
from dataclasses import asdict
from functools import partial

import click

from bench.bare import serve_bare
from bench.feeding import feed as feed_queue
from bench.pages import make_app
from bench.peers import PEERS
from bench.queues import QUEUES
from bench.syncing import PARTS
from ops_admin.config import Settings
from ops_admin.realtime import MOST_SOCKETS
from ops_admin.server import open_listener
from ops_admin.server.web import WebServer
from ops_admin.server.worker import run_worker

RACED = {**QUEUES, **PEERS}

queue_argument = click.argument("name", type=click.Choice(sorted(RACED)))
host_option = click.option("--host", default="127.0.0.1")
port_option = click.option("--port", type=int, required=True)
sockets_option = click.option("--sockets", type=int, default=MOST_SOCKETS, help="How many it may hold.")


@click.group()
def main() -> None:
    """Run one part of the benchmark."""


@main.command()
@host_option
@port_option
def serve(host: str, port: int) -> None:
    """Everything in one process, as `ops-admin serve`."""
    _serve(host, port, consume=True)


@main.command()
@host_option
@port_option
@sockets_option
def web(host: str, port: int, sockets: int) -> None:
    """Pages and sockets, as `ops-admin web`."""
    _serve(host, port, consume=False, sockets=sockets)


@main.command()
def worker() -> None:
    """The work, as `ops-admin worker`."""
    run_worker(make_app(Settings.from_env()))


@main.command()
@host_option
@port_option
@sockets_option
def bare(host: str, port: int, sockets: int) -> None:
    """The bare Flask-SocketIO application."""
    serve_bare(Settings.from_env(), open_listener(host, port), sockets)


@main.command()
@queue_argument
@click.option("--seconds", type=float, required=True)
@click.option("--consume", is_flag=True, help="Do the work here, too.")
@click.option("--drain", is_flag=True, help="Somebody does the work: wait for the end of it.")
def feed(name: str, seconds: float, consume: bool, drain: bool) -> None:
    """Feed a queue and print what was measured."""
    queue = RACED[name](Settings.from_env())
    if consume:
        queue.consume()
    fed = feed_queue(queue, seconds, drain=consume or drain)
    click.echo(json.dumps(asdict(fed)))


@main.command()
@queue_argument
def work(name: str) -> None:
    """Do the work of a queue."""
    RACED[name](Settings.from_env()).work()


@main.command()
@click.argument("part", type=click.Choice(sorted(PARTS)))
def graph(part: str) -> None:
    """Read a tenant, or sync it, and print what was measured."""
    click.echo(json.dumps(asdict(PARTS[part](Settings.from_env()))))


def _serve(host: str, port: int, *, consume: bool, sockets: int = MOST_SOCKETS) -> None:
    settings = Settings.from_env()
    listener, application = open_listener(host, port), partial(make_app, settings)
    # The console's own limit is part of the measurement, unless another one is given.
    WebServer(application, listener, consume=consume, on_ready=lambda: None, sockets=sockets).run()


if __name__ == "__main__":
    main()
