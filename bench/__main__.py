"""`make bench`: measures both shapes and prints the figures next to what they are compared with."""

import signal

import click

from bench.machine import describe, load, missing_programs
from bench.measuring import Measured, NotBusy, measure, median_of
from bench.report import print_measured
from bench.shapes import SHAPES


@click.command()
@click.option("--seconds", type=click.FloatRange(1), default=10, envvar="BENCH_SECONDS", show_default=True)
@click.option("--repeat", type=click.IntRange(1), default=1, envvar="BENCH_REPEAT", show_default=True)
@click.option("--shape", "shapes", type=click.Choice(sorted(SHAPES)), multiple=True, default=sorted(SHAPES))
def main(seconds: float, repeat: int, shapes: tuple[str, ...]) -> None:
    """Measure each figure for about SECONDS, all of it REPEAT times, and print the median of each figure."""
    # Stop all child processes on SIGTERM, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if missing := missing_programs():
        raise click.ClickException(f"not installed: {', '.join(missing)}")
    click.echo(f"{describe()}; {seconds:g} seconds a figure, median of {repeat}.")
    for name in shapes:
        print_measured(name, median_of([_measure(name, seconds, turn) for turn in range(1, repeat + 1)]))


def _measure(name: str, seconds: float, turn: int) -> Measured:
    click.echo(f"Measuring {name}, turn {turn}, load {load()} …", err=True)
    with SHAPES[name]() as shape:
        try:
            return measure(shape, seconds)
        except NotBusy as error:
            raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
