"""Which bulk actions the list offers: none that would be refused for every run (R36)."""

from dataclasses import dataclass

from ops_admin.access.capabilities import Capability
from ops_admin.access.rights import Rights
from ops_admin.runs import queries
from ops_admin.runs.controls import may, may_start
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import Scope
from ops_admin.runs.web.capped_counts import count_runs
from ops_admin.runs.web.filters import ListQuery
from ops_admin.web.keyset import Page


@dataclass(frozen=True)
class Offer:
    """The buttons above the list."""

    may_stop: bool
    may_start: bool

    @property
    def any(self) -> bool:
        """Whether there is any action to select rows for."""
        return self.may_stop or self.may_start


def bulk_context(page: Page[Run], scope: Scope, query: ListQuery, rights: Rights) -> dict[str, object]:
    """Return the template's context: the buttons, the rows with a checkbox, and how many rows match in total.

    A row keeps its checkbox whatever happens to the run while the page is open.
    """
    startable = {run.id for run in page.rows if may_start(rights, run)}
    stoppable = {run.id for run in page.rows if may(rights, run, Capability.RUNS_CANCEL)}
    offer = Offer(bool(stoppable), bool(startable))
    shown = queries.CappedCount(len(page.rows), capped=False)
    has_more = offer.any and bool(page.next or page.previous)
    matching = count_runs(scope, query.wanted) if has_more else shown
    return {"bulk": offer, "choosable": startable | stoppable, "matching": matching}
