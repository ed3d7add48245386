"""The sync of a large tenant, and loops that read as much and store nothing, each in a process of its own."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from bench.footprints import footprint_of
from bench.pages import make_app
from ops_admin.access.queries import find_user_by_email
from ops_admin.config import Settings
from ops_admin.graph.client import GraphClient
from ops_admin.graph.reading import list_policies, read_policies
from ops_admin.graph.resources import PolicyType, get_policy_type
from ops_admin.graph.settings import GraphSettings
from ops_admin.graph.transport import JSONObject
from ops_admin.infra.database import db
from ops_admin.runs import dispatch, ledger
from ops_admin.runs.queries import Run, get_run
from ops_admin.runs.states import Outcome
from ops_admin.server.worker import EmbeddedConsumer
from tests.support.environment import CONTOSO, OWNER

TYPE = "configurationPolicies"
TENANT_ID = 1
_BATCH = 20


class SyncFailed(Exception):
    """The run did not succeed completely, so there is nothing to compare."""


@dataclass(frozen=True)
class Done:
    """How many policies in how many seconds, of which the process itself worked `own_seconds`.

    Memory is resident, in megabytes: before it began, and the peak.
    """

    policies: int
    seconds: float
    own_seconds: float
    megabytes_before: float
    most_megabytes: float


def sync(settings: Settings) -> Done:
    """Start `inventory.sync` and do the work in this process; raises SyncFailed."""
    app = make_app(settings)
    with app.app_context():
        consumer = EmbeddedConsumer(app)
        consumer.start()
        try:
            return _timed(_sync)
        finally:
            consumer.stop()


def read_batched(settings: Settings) -> Done:
    """List the policies and read them completely by `$batch`, like the sync; store nothing."""
    with _client(settings) as client:
        return _timed(lambda: sum(len(read_policies(client, _type(), chunk)) for chunk in _chunks(client)))


def read_one_by_one(settings: Settings) -> Done:
    """List the policies and read the parts of each with separate requests; store nothing."""
    with _client(settings) as client:
        return _timed(lambda: sum(_read_each(client, item) for page in list_policies(client, _type()) for item in page))


PARTS: dict[str, Callable[[Settings], Done]] = {
    "sync": sync,
    "read-batched": read_batched,
    "read-one-by-one": read_one_by_one,
}


def _sync() -> int:
    user = find_user_by_email(OWNER)
    if user is None:
        raise LookupError(OWNER)
    inputs = {"types": [TYPE]}
    actor = ledger.Actor.user(user)
    run = dispatch.start("inventory.sync", actor=actor, tenant_id=TENANT_ID, inputs=inputs).run
    while not (run := _looked_up(run.id)).is_terminal:
        time.sleep(0.05)
    if run.outcome != Outcome.SUCCEEDED:
        raise SyncFailed(f"{run.outcome}: {run.failures}")
    return run.counts["succeeded"]


def _looked_up(run_id: int) -> Run:
    db.session.rollback()
    return get_run(run_id)


def _timed(work: Callable[[], int]) -> Done:
    before = footprint_of(os.getpid())
    began, own = time.perf_counter(), time.process_time()
    policies = work()
    seconds, own_seconds = time.perf_counter() - began, time.process_time() - own
    after = footprint_of(os.getpid())
    return Done(policies, seconds, own_seconds, before.megabytes, after.most_megabytes)


@contextmanager
def _client(settings: Settings) -> Iterator[GraphClient]:
    graph = GraphSettings(
        settings.graph_url, settings.login_url, settings.graph_client_id, settings.graph_client_secret
    )
    with GraphClient(graph, CONTOSO) as client:
        yield client


def _type() -> PolicyType:
    return get_policy_type(TYPE)


def _chunks(client: GraphClient) -> Iterator[list[JSONObject]]:
    items = (item for page in list_policies(client, _type()) for item in page)
    while chunk := list(islice(items, _BATCH)):
        yield chunk


def _read_each(client: GraphClient, item: JSONObject) -> int:
    for part in _type().sub_resources:
        for _ in client.items(_type().item_path(str(item["id"]), part.name), params=part.params):
            pass
    return 1
