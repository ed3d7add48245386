"""Requests at a rate that a server handles easily: measured is how long one takes, not how many fit in."""

import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from bench.virtual_user import Exchange, Line

VISITORS = 4
PER_SECOND = 20

Ask = Callable[[Line], Exchange]


def ask_for(seconds: float, base_url: str, headers: Mapping[str, str], ask: Ask) -> list[Exchange]:
    """Send PER_SECOND requests a second, at irregular times, from VISITORS connections."""
    stop = time.monotonic() + seconds
    with ThreadPoolExecutor(VISITORS) as pool:
        visits = [pool.submit(_visit, Line(base_url, headers), ask, stop) for _ in range(VISITORS)]
        return [exchange for visit in visits for exchange in visit.result()]


def _visit(line: Line, ask: Ask, stop: float) -> list[Exchange]:
    exchanges: list[Exchange] = []
    while True:
        time.sleep(random.uniform(0, 2 * VISITORS / PER_SECOND))  # noqa: S311  # irregular, not secret
        if time.monotonic() > stop:
            line.close()
            return exchanges
        exchanges.append(ask(line))
