"""The geometry of a report's charts, which the template draws as inline SVG. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# More columns than this are too thin to be told apart on paper, so they are combined into weeks.
MOST_COLUMNS = 62
HEIGHT = 100.0


@dataclass(frozen=True)
class Part:
    """One coloured segment, in hundredths of the chart."""

    tone: str
    begin: float
    length: float
    number: int


@dataclass(frozen=True)
class Bar:
    """One bar of a bar chart."""

    label: str
    parts: tuple[Part, ...]
    total: int


@dataclass(frozen=True)
class Column:
    """One day, or the week that begins with it; parts are stacked from the bottom."""

    day: date
    parts: tuple[Part, ...]
    total: int


@dataclass(frozen=True)
class Columns:
    """A chart over time; `most` is the number at its upper edge."""

    columns: tuple[Column, ...]
    most: int
    is_weekly: bool

    @property
    def is_empty(self) -> bool:
        """Whether there was no event at all."""
        return self.most == 0


def make_bars(lines: Sequence[tuple[str, Mapping[str, int]]]) -> tuple[Bar, ...]:
    """Lay out one bar for each line of (label, numbers by tone); the longest has the chart's width."""
    most = max((sum(numbers.values()) for _, numbers in lines), default=0)
    return tuple(Bar(label, _stack(numbers, most), sum(numbers.values())) for label, numbers in lines)


def make_columns(numbers: Mapping[date, Mapping[str, int]], first: date, last: date, tones: Sequence[str]) -> Columns:
    """Lay out one column for each day from `first` to `last`, or for each week if there are too many days."""
    is_weekly = (last - first).days + 1 > MOST_COLUMNS
    step = timedelta(days=7 if is_weekly else 1)
    sums: dict[date, dict[str, int]] = {}
    day = first
    while day <= last:
        sums[day] = dict.fromkeys(tones, 0)
        day += step
    for each, found in numbers.items():
        if first <= each <= last:
            place = first + step * ((each - first) // step)
            for tone, number in found.items():
                sums[place][tone] = sums[place].get(tone, 0) + number
    most = max((sum(each.values()) for each in sums.values()), default=0)
    columns = tuple(Column(day, _stack(each, most), sum(each.values())) for day, each in sums.items())
    return Columns(columns, most, is_weekly)


def _stack(numbers: Mapping[str, int], most: int) -> tuple[Part, ...]:
    parts: list[Part] = []
    begin = 0.0
    for tone, number in numbers.items():
        if number:
            length = number * HEIGHT / most
            parts.append(Part(tone, round(begin, 3), round(length, 3), number))
            begin += length
    return tuple(parts)
