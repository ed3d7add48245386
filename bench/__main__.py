"""`make bench`: measures both shapes and prints the figures side by side with what they compare to."""

import click

from bench.machine import describe
from bench.measuring import measure, median_of
from bench.report import print_measured
from bench.shapes import SHAPES


@click.command()
@click.option("--seconds", type=click.FloatRange(1), default=10, envvar="BENCH_SECONDS", show_default=True)
@click.option("--repeat", type=click.IntRange(1), default=1, envvar="BENCH_REPEAT", show_default=True)
@click.option("--shape", "shapes", type=click.Choice(sorted(SHAPES)), multiple=True, default=sorted(SHAPES))
def main(seconds: float, repeat: int, shapes: tuple[str, ...]) -> None:
    """Measure each figure for about SECONDS, all of it REPEAT times, and print the median of each figure."""
    click.echo(f"{describe()}; {seconds:g} seconds a figure, median of {repeat}.")
    for name in shapes:
        repeats = []
        for _ in range(repeat):
            with SHAPES[name]() as shape:
                repeats.append(measure(shape, seconds))
        print_measured(name, median_of(repeats))


if __name__ == "__main__":
    main()
