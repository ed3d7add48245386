"""Reads listed policies in full, twenty at a time and several chunks at once, for syncs and backups (R40, R42, R60)."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from ops_admin.graph.client import GraphClient
from ops_admin.graph.drafts import find_id
from ops_admin.graph.errors import GraphError
from ops_admin.graph.reading import PolicyReading, list_policies
from ops_admin.graph.resources import PolicyType, is_not_offered
from ops_admin.infra.database import utcnow
from ops_admin.intune.operations import read_whole
from ops_admin.intune.operations.readers import Readers
from ops_admin.intune.spool import Item, Spool

logger = logging.getLogger(__name__)

CHUNK = 20
"""Policies in one $batch and in one transaction."""
MOST_LOST_CHUNKS = 2
"""After this many unreadable chunks in a row, the rest of a type is not read."""

T = TypeVar("T")


@dataclass(eq=False)
class Source:
    """The policies of one type to read. `error` says why their list could not be read to its end."""

    policy_type: PolicyType
    spool: Spool
    begun_at: datetime
    error: GraphError | None = None

    @property
    def key(self) -> str:
        """The key of the type."""
        return self.policy_type.key

    @property
    def is_offered(self) -> bool:
        """Whether the tenant has this type. Not having it is no failure."""
        return self.error is None or bool(self.spool.length) or not is_not_offered(self.policy_type, self.error)


@dataclass(frozen=True)
class Chunk(Generic[T]):
    """What was read of some policies of a source. `lost` says why none could be read."""

    source: Source
    size: int
    prepared: T
    lost: GraphError | None
    is_last: bool


Prepare = Callable[[GraphClient, Source, Sequence[PolicyReading]], T]
"""Turns what was read into what is stored; called in a reading thread."""
Skip = Callable[[Source, Item], bool]
"""Says which policies need not be read."""


def spool_lists(readers: Readers, sources: Sequence[Source]) -> list[Source]:
    """List the types at the same time into their spools, and note in each source whether that could be finished.

    Returns those that the tenant offers, or all of them if it offers none.
    """
    results = readers.read([partial(_spool_list, source) for source in sources])
    for source, error in zip(sources, results, strict=True):
        source.error = error
    return [source for source in sources if source.is_offered] or list(sources)


def read_in_chunks(
    readers: Readers,
    sources: Sequence[Source],
    prepare: Prepare[T],
    skip: Skip = lambda _source, _item: False,
) -> Iterator[Chunk[T]]:
    """Read the policies of the sources, and yield the chunks of each source in the order of its list.

    If Graph refuses, only a chunk or two are asked for: a source has one chunk under way until one was read.
    """
    courses = {id(source): _Course(source, prepare, skip) for source in sources}
    for chunk in readers.read(_jobs(list(courses.values()))):
        yield chunk
        courses[id(chunk.source)].note_stored(chunk)


def _spool_list(source: Source, client: GraphClient) -> GraphError | None:
    """List one type. A policy may be on two pages if the list changes meanwhile; it is added once."""
    source.begun_at = utcnow()
    seen: set[str | None] = set()
    try:
        for page in list_policies(client, source.policy_type, with_assignments=True):
            for item in page:
                if find_id(item) is None or find_id(item) not in seen:
                    source.spool.add(item)
                seen.add(find_id(item))
    except GraphError as error:
        logger.warning("%s could not be listed: %s", source.key, error)
        return error
    return None


def _jobs(courses: Sequence["_Course[T]"]) -> Iterator[Callable[[GraphClient], Chunk[T]] | None]:
    """Yield the first chunk of every source, then the others; None while it has to be seen whether one can be read."""
    for course in courses:
        if course.has_more:
            yield course.next_job()
    for course in courses:
        while course.has_more:
            yield course.next_job() if course.may_go_on else None


class _Course(Generic[T]):
    """How far a source has been read."""

    def __init__(self, source: Source, prepare: Prepare[T], skip: Skip) -> None:
        self._source = source
        self._prepare = prepare
        self._skip = skip
        self._chunks = source.spool.chunks(CHUNK)
        self._left = source.spool.length
        self._under_way = 0
        self._any_read = False
        self._lost_in_a_row = 0
        self._error: GraphError | None = None

    @property
    def has_more(self) -> bool:
        return self._left > 0

    @property
    def may_go_on(self) -> bool:
        return self._under_way == 0 or (self._any_read and self._lost_in_a_row == 0) or self._is_given_up

    @property
    def _is_given_up(self) -> bool:
        return self._lost_in_a_row >= MOST_LOST_CHUNKS

    def next_job(self) -> Callable[[GraphClient], Chunk[T]]:
        items = next(self._chunks)
        self._left -= len(items)
        self._under_way += 1
        given_up = self._error if self._is_given_up else None
        return partial(self._read, items, given_up, self._left == 0)

    def note_stored(self, chunk: Chunk[T]) -> None:
        self._under_way -= 1
        if self._is_given_up:
            return
        self._error = chunk.lost
        self._any_read = self._any_read or chunk.lost is None
        self._lost_in_a_row = 0 if chunk.lost is None else self._lost_in_a_row + 1

    def _read(self, items: Sequence[Item], given_up: GraphError | None, is_last: bool, client: GraphClient) -> Chunk[T]:
        new = [item for item in items if not self._skip(self._source, item)]
        if given_up is None:
            readings = read_whole(client, self._source.policy_type, new)
        else:
            readings = [PolicyReading(item, None, given_up) for item in new]
        is_lost = bool(new) and not any(reading.content for reading in readings)
        prepared = self._prepare(client, self._source, readings)
        return Chunk(self._source, len(items), prepared, readings[-1].error if is_lost else None, is_last)
