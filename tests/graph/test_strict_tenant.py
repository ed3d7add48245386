"""The client against a tenant that refuses what a real one refuses (R54): every policy of the demo, one at a time.

What the client still does wrong stands in `TO_MEND`. Such a case is expected to fail: it fails the suite on the day
that it passes, so that its line is taken out. What goes wrong between two tenants is listed in
`tests/intune/restore/test_strict_tenant.py`.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.graph.bodies import is_default, writable
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import GraphError
from ops_admin.graph.reading import list_policies, read_policies, read_policy
from ops_admin.graph.resources import POLICY_TYPES, PolicyType
from ops_admin.graph.rollouts import ROLLOUT, has_begun
from ops_admin.graph.unwritable import needs_package, without_reports
from ops_admin.graph.writing import create_policy, update_policy
from ops_admin.simulator.demo.contoso import contoso_documents
from tests.graph.simulated import CONTOSO, Simulator, running_simulator
from tests.graph.to_mend import BACK, MADE_AGAIN, READ, TO_MEND
from tests.support.vaults import KNOWN, completed, without_values

Document = dict[str, Any]
DOCUMENTS = contoso_documents()
# What the service counts and computes.
COMPUTED = frozenset({"assignments", "createdDateTime", "lastModifiedDateTime", "modifiedDateTime"})
COMPUTED_TOO = frozenset({"id", "version", "isAssigned", "settingCount", "driverInventories"})
# What the service finds out by itself, or has replaced by another property.
COMPUTED_ONCE = frozenset({"policyConfigurationIngestionType"})


def cases(question: str) -> list[Any]:
    """Every policy of the demo that the client knows; those that it is known to get wrong are marked."""
    return [
        pytest.param(policy_type, document["id"], id=f"{policy_type.key}-{name}", marks=marks(question, name))
        for policy_type in POLICY_TYPES
        for document in DOCUMENTS[policy_type.key]
        if not is_of_the_service(document, policy_type)
        and not (question == MADE_AGAIN and is_made_elsewhere(document, policy_type))
        for name in [document[policy_type.name_field]]
    ]


def is_of_the_service(document: Document, policy_type: PolicyType) -> bool:
    return bool(document.get("isBuiltIn")) or policy_type.is_left_out(document)


def is_made_elsewhere(document: Document, policy_type: PolicyType) -> bool:
    """Whether nobody can make it from its content: a default, or an app whose package is missing."""
    return is_default(document, policy_type) or needs_package(document, policy_type.key)


def marks(question: str, name: str) -> list[pytest.MarkDecorator]:
    reason = TO_MEND[question].get(name)
    return [pytest.mark.xfail(raises=(GraphError, AssertionError), reason=reason, strict=True)] if reason else []


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.control("POST", "reset")
    return running


@pytest.fixture
def client(simulator: Simulator) -> GraphClient:
    return simulator.client()


def stored(simulator: Simulator, policy_type: PolicyType, policy_id: str) -> Document:
    """The policy as the tenant has it, without what the service computes."""
    found = simulator.control("GET", f"tenants/{CONTOSO}/{policy_type.key}/{policy_id}")
    controls = found.get("grantControls") or {}
    if controls.get("authenticationStrength"):  # stored whole by the demo, and as an id by a write
        found["grantControls"] = {**controls, "authenticationStrength": ids_of(controls["authenticationStrength"])}
    of_its_kind = {
        "intents": {"categories"},
        "mobileApps": {"relationships"} if not found.get("relationships") else set(),
    }
    left_out = COMPUTED | COMPUTED_TOO | of_its_kind.get(policy_type.key, set())
    kept = without_reports(found, policy_type.key)
    return {name: value for name, value in kept.items() if name not in left_out}


def read(client: GraphClient, policy_type: PolicyType, policy_id: str) -> Document:
    """The policy as a sync reads it."""
    for page in list_policies(client, policy_type):
        for reading in read_policies(client, policy_type, [each for each in page if each["id"] == policy_id]):
            assert reading.content is not None
            return reading.content
    raise LookupError(policy_id)


def without_ids(value: Any) -> Any:
    """What the service numbers anew in each policy: settings, rules, values."""
    if isinstance(value, list):
        return [without_ids(each) for each in value]
    if isinstance(value, dict):
        return {name: without_ids(each) for name, each in value.items() if name not in COMPUTED | COMPUTED_TOO}
    return value


def made_by_us(document: Document) -> Document:
    # A rollout that is over is not begun again (tests/graph/test_rollouts.py).
    over = {ROLLOUT} if has_begun(document.get(ROLLOUT)) else set()
    return {name: value for name, value in document.items() if name not in COMPUTED_ONCE | over}


@pytest.mark.parametrize(("policy_type", "policy_id"), cases(READ))
def test_all_that_a_policy_has_is_read(
    client: GraphClient, simulator: Simulator, policy_type: PolicyType, policy_id: str
) -> None:
    content = without_values(read(client, policy_type, policy_id))

    there = without_values(stored(simulator, policy_type, policy_id))
    assert {name: value for name, value in there.items() if ids_of(content.get(name)) != ids_of(value)} == {}


def ids_of(value: Any) -> Any:
    """What a policy is bound to is stored by its id, and read whole."""
    if isinstance(value, list):
        return [ids_of(each) for each in value]
    if isinstance(value, dict):
        return {"id": value["id"]} if "id" in value else {name: ids_of(each) for name, each in value.items()}
    return value


@pytest.mark.parametrize(("policy_type", "policy_id"), cases(BACK))
def test_a_changed_policy_is_brought_back(
    client: GraphClient, simulator: Simulator, policy_type: PolicyType, policy_id: str
) -> None:
    before, content = stored(simulator, policy_type, policy_id), read(client, policy_type, policy_id)
    named = ("description", policy_type.name_field, "displayName")
    name = next(name for name in named if name in writable(before, policy_type))
    simulator.control("PATCH", f"tenants/{CONTOSO}/{policy_type.key}/{policy_id}", **{name: "somebody changed this"})
    live = read_policy(client, policy_type, client.get(policy_type.item_path(policy_id)))

    update_policy(client, policy_type, policy_id, content, live, KNOWN)

    assert without_ids(stored(simulator, policy_type, policy_id)) == without_ids(before)


@pytest.mark.parametrize(("policy_type", "policy_id"), cases(MADE_AGAIN))
def test_a_deleted_policy_is_made_again(
    client: GraphClient, simulator: Simulator, policy_type: PolicyType, policy_id: str
) -> None:
    before, content = stored(simulator, policy_type, policy_id), read(client, policy_type, policy_id)
    whole = completed(content, simulator.control("GET", f"tenants/{CONTOSO}/secrets"))
    simulator.control("DELETE", f"tenants/{CONTOSO}/{policy_type.key}/{policy_id}")

    made = create_policy(client, policy_type, whole.content, secrets=KNOWN).external_id

    after = stored(simulator, policy_type, made)
    assert without_ids(without_values(made_by_us(after))) == without_ids(without_values(made_by_us(before)))
    assert [row for row in simulator.control("GET", f"tenants/{CONTOSO}/broken")["value"] if row["id"] == made] == []
