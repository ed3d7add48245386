"""The commands that keep running: `serve`, `web`, `worker`, `simulate-graph`."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Unpack

import click

from ops_admin import server, simulator
from ops_admin.auth.seeds import SeedReport
from ops_admin.cli.context import Refusal, database_needed, read_settings
from ops_admin.cli.login import login_lines
from ops_admin.config import Settings
from ops_admin.simulator.corpus import CorpusError

log = logging.getLogger(__name__)

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
    with _process() as settings, server.open_listener(host, port) as listener:
        announce = partial(_announce, settings.log_format, server.url_of(listener))
        if demo:
            server.serve_demo(settings, listener, announce)
        else:
            server.serve_embedded(settings, listener, announce)


@click.command()
@host_option
@port_option
def web(host: str, port: int) -> None:
    """Serve pages and push; start as many as you need, with workers apart."""
    with _process() as settings, server.open_listener(host, port) as listener:
        server.serve_web(settings, listener, partial(_announce, settings.log_format, server.url_of(listener)))


@click.command()
def worker() -> None:
    """Do the queued work; start as many as you need."""
    with _process() as settings:
        server.run_worker(settings)


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
@click.option("--strict/--lenient", default=True, show_default=True, help="Refuse what a real tenant refuses.")
@click.option("--limits", is_flag=True, help="Enforce the limits of the real service.")
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def simulate_graph(host: str, port: int, until_stdin_closes: bool, **options: Unpack[simulator.Options]) -> None:
    """Serve a simulated Microsoft Graph and its login."""
    if until_stdin_closes:
        threading.Thread(target=_end_with_stdin, name="Stdin", daemon=True).start()
    with _refusals():
        simulator.serve(host, port, **options)


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


class Said(Refusal):
    """A refusal as a line of a JSON log."""

    def show(self, file: IO[str] | None = None) -> None:
        """Print it to standard error in the format of the log."""
        click.echo(server.spoken(self.format_message(), "json", "CRITICAL"), file=file, err=file is None)


@contextmanager
def _process() -> Iterator[Settings]:
    """Read the settings and start logging; whatever keeps the process from running becomes one line of its log."""
    try:
        settings = read_settings()
        server.set_up_logging(settings.log_format)
        with _refusals():
            yield settings
    except Refusal as error:
        # Read from the environment, because the settings may be what is wrong.
        is_json = os.environ.get("OPS_ADMIN_LOG_FORMAT") == "json"
        raise Said(error.message) if is_json else error from None
    except Exception as error:  # any error, because Python would print it in another format, with all secrets
        log.critical("this process cannot go on", exc_info=error)
        raise SystemExit(1) from None


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        with database_needed():
            yield
    except _REFUSALS as error:
        raise Refusal(str(error)) from error


def _announce(log_format: str, url: str, report: SeedReport | None = None) -> None:
    for line in (f"ops_admin is ready at {url}", *(login_lines(report) if report is not None else ())):
        click.echo(server.spoken(line, log_format))
