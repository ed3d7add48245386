"""The order in which items are written: what others refer to comes first (R55). Pure."""

from collections.abc import Iterator, Mapping, Sequence


def in_order(items: Sequence[int], needs: Mapping[int, Sequence[int]]) -> tuple[list[int], frozenset[int]]:
    """Return the items, each after those that it needs, and otherwise in the given order; and those in circles.

    None of the items in a circle can be written first.
    """
    ordered: list[int] = []
    circles: set[int] = set()
    done: set[int] = set()
    for item in items:
        if item not in done:
            _visit(item, needs, done, circles, ordered)
    return ordered, frozenset(circles)


def _visit(
    first: int, needs: Mapping[int, Sequence[int]], done: set[int], circles: set[int], ordered: list[int]
) -> None:
    """Append what the item needs, then the item. `path` leads from the item to where the search is."""
    path: list[tuple[int, Iterator[int]]] = [(first, iter(needs.get(first, ())))]
    while path:
        item, rest = path[-1]
        needed = next(rest, None)
        if needed is None:
            path.pop()
            done.add(item)
            ordered.append(item)
            continue
        on_path = [each for each, _ in path]
        if needed in on_path:
            circles.update(on_path[on_path.index(needed) :])
        elif needed not in done:
            path.append((needed, iter(needs.get(needed, ()))))
