"""Which starts mean the same run (R5)."""

from hypothesis import given
from hypothesis import strategies as st

from ops_admin.runs.identity import identity_hash

types = st.lists(st.sampled_from(["deviceConfigurations", "intents", "mobileApps"]))


@given(types)
def test_a_selection_is_the_same_in_any_order(selection: list[str]) -> None:
    mirrored = [*reversed(selection), *selection[:1]]
    assert identity_hash("a", "tenant:1", {"types": selection}) == identity_hash("a", "tenant:1", {"types": mirrored})


def test_type_scope_and_inputs_each_make_another_run() -> None:
    hashes = {
        identity_hash("inventory.sync", "tenant:1", {"types": None}),
        identity_hash("inventory.sync", "tenant:2", {"types": None}),
        identity_hash("inventory.sync", "workspace:1", {"types": None}),
        identity_hash("directory.groups.sync", "tenant:1", {"types": None}),
        identity_hash("inventory.sync", "tenant:1", {"types": ["intents"]}),
        identity_hash("inventory.sync", "tenant:1", {"types": []}),
        identity_hash("inventory.sync", "tenant:1", {"kinds": ["intents"]}),
    }
    assert len(hashes) == 7


def test_the_hash_is_that_of_the_canonical_json() -> None:
    # Computed independently: echo -n '{"inputs":{},"scope":"tenant:1","type":"inventory.sync"}' | sha256sum
    assert identity_hash("inventory.sync", "tenant:1", {}) == (
        "e74d8b36eaaedb3a4395ff47700cc0fc3c9b3cc2ad3b2f8a8bd074709c42e7ba"
    )
