"""The commands that keep running: `serve`, `web`, `worker`, `simulate-graph`."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from ops_admin import server, simulator
from ops_admin.access.seeds import SeedReport
from ops_admin.cli.context import Refusal, database_needed, read_settings
from ops_admin.cli.login import login_lines
from ops_admin.simulator.corpus import CorpusError

PORT = click.IntRange(0, 65535)
_REFUSALS = (server.CannotListen, server.SimulatorFailed, CorpusError)

host_option = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
port_option = click.option("--port", default=8000, show_default=True, type=PORT, help="0 takes any free port.")


@click.command()
@host_option
@port_option
@click.option("--demo", is_flag=True, help="Migrate, seed, and start a simulated Microsoft tenant.")
def serve(host: str, port: int, demo: bool) -> None:
    """Serve everything in one process: pages, push, workers and scheduler."""
    server.set_up_logging(read_settings().log_format)
    with _refusals(), server.open_listener(host, port) as listener:
        url = server.url_of(listener)
        if demo:
            server.serve_demo(read_settings(), listener, partial(_announce_demo, url))
        else:
            server.serve_embedded(read_settings(), listener, partial(_announce, url))


@click.command()
@host_option
@port_option
def web(host: str, port: int) -> None:
    """Serve pages and push; start as many as you need, with workers apart."""
    server.set_up_logging(read_settings().log_format)
    with _refusals(), server.open_listener(host, port) as listener:
        server.serve_web(read_settings(), listener, partial(_announce, server.url_of(listener)))


@click.command()
def worker() -> None:
    """Do the queued work; start as many as you need."""
    server.set_up_logging(read_settings().log_format)
    with _refusals():
        server.run_worker(read_settings())


@click.command("simulate-graph")
@host_option
@click.option("--port", default=8001, show_default=True, type=PORT, help="0 takes any free port.")
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Exported policy JSON.")
@click.option(
    "--latency",
    metavar="SECONDS",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 60),
    help="How long each answer takes besides.",
)
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def simulate_graph(host: str, port: int, corpus: Path | None, latency: float, until_stdin_closes: bool) -> None:
    """Serve a simulated Microsoft Graph and its login."""
    if until_stdin_closes:
        threading.Thread(target=_end_with_stdin, name="Stdin", daemon=True).start()
    with _refusals():
        simulator.serve(host, port, corpus, latency)


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        with database_needed():
            yield
    except _REFUSALS as error:
        raise Refusal(str(error)) from error


def _announce(url: str) -> None:
    click.echo(f"ops_admin is ready at {url}")


def _announce_demo(url: str, report: SeedReport) -> None:
    _announce(url)
    for line in login_lines(report):
        click.echo(line)
