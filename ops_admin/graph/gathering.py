"""Follows the next links of many collections at once, so that a round of pages costs one `$batch`."""

from collections.abc import Callable, Iterable, Sequence

from ops_admin.graph.batches import BatchResponse
from ops_admin.graph.errors import GraphError
from ops_admin.graph.paging import Chain
from ops_admin.graph.transport import JSONObject

FetchAll = Callable[[Sequence[str]], Iterable[BatchResponse]]
"""Fetches pages by their absolute URLs and returns the responses in the same order."""


def gather(
    firsts: Sequence[JSONObject | GraphError], fetch: FetchAll, make_chain: Callable[[], Chain]
) -> list[list[JSONObject] | GraphError]:
    """Return for each collection all its rows, from its first page on, or the error that stopped it."""
    collections = [_Collection(make_chain()) for _ in firsts]
    for collection, first in zip(collections, firsts, strict=True):
        collection.take(first)
    while unfinished := [collection for collection in collections if collection.url is not None]:
        responses = fetch([str(collection.url) for collection in unfinished])
        for collection, response in zip(unfinished, responses, strict=True):
            collection.take(response)
    return [collection.error or collection.rows for collection in collections]


class _Collection:
    """The rows read so far; `url` is that of the next page, None at the end or after an error."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.rows: list[JSONObject] = []
        self.url: str | None = None
        self.error: GraphError | None = None

    def take(self, page: JSONObject | BatchResponse | GraphError) -> None:
        self.url = None
        try:
            if isinstance(page, GraphError):
                raise page
            self.rows += self._chain.take(page.json_object() if isinstance(page, BatchResponse) else page)
            self.url = self._chain.next_url()
        except GraphError as error:
            self.error = error
