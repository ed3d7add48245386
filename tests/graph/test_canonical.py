"""The canonical form of a policy and its hash."""

import copy
import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_admin.graph.canonical import canonical, content_hash

# No deadline: the machine may be busy with other tests.
UNHURRIED = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
NAMES = st.sampled_from(["displayName", "value", "enabled", "rules", "id", "version", "children", "@odata.type", "ü"])
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)
POLICIES = st.builds(
    lambda own, settings, actions: {**own, "settings": settings, "scheduledActionsForRule": actions},
    OBJECTS,
    st.lists(OBJECTS, max_size=4),
    st.lists(OBJECTS, max_size=2),
)
READ_ONLY = {
    "id": "0",
    "createdDateTime": "2026-01-01T00:00:00Z",
    "lastModifiedDateTime": "2026-01-02T00:00:00Z",
    "modifiedDateTime": None,
    "version": 7,
    "supportsScopeTags": True,
    "isAssigned": True,
    "settingCount": 3,
    "creationSource": "portal",
    "@odata.context": "https://graph.microsoft.com/beta/$metadata#x",
    "@odata.id": "x('0')",
    "@odata.editLink": "x('0')",
    "@odata.etag": "W/1",
    "assignments": [{"id": "1"}],
    "assignments@odata.context": "https://…",
    "settings@odata.navigationLink": "https://…",
    "settings@odata.associationLink": "https://…",
    "platforms@odata.type": "#microsoft.graph.deviceManagementConfigurationPlatforms",
    "#microsoft.graph.assign": {"target": "https://…"},
    "@microsoft.graph.tips": "Use $select",
}
SETTING = {
    "settingInstance": {
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance",
        "settingDefinitionId": "device_vendor_msft_x",
        "choiceSettingValue": {"value": "device_vendor_msft_x_1", "children": []},
    }
}


def make_policy(**properties: Any) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.x", "displayName": "Baseline", "settings": [SETTING], **properties}


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reversed_keys(value[name]) for name in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


@UNHURRIED
@given(POLICIES)
def test_canonical_is_idempotent_and_leaves_its_argument_alone(policy: dict[str, Any]) -> None:
    before = copy.deepcopy(policy)

    once = canonical(policy)

    assert canonical(once) == once
    assert policy == before


@UNHURRIED
@given(POLICIES)
def test_the_order_of_keys_does_not_matter(policy: dict[str, Any]) -> None:
    assert content_hash(reversed_keys(policy)) == content_hash(policy)


@UNHURRIED
@given(POLICIES, st.randoms(use_true_random=False))
def test_the_order_of_settings_does_not_matter(policy: dict[str, Any], random: Any) -> None:
    shuffled = copy.deepcopy(policy)
    random.shuffle(shuffled["settings"])

    assert content_hash(shuffled) == content_hash(policy)


@UNHURRIED
@given(POLICIES, st.dictionaries(st.sampled_from(sorted(READ_ONLY)), LEAVES))
def test_read_only_properties_do_not_matter(policy: dict[str, Any], noise: dict[str, Any]) -> None:
    assert content_hash({**policy, **noise}) == content_hash(policy)


@UNHURRIED
@given(POLICIES, st.text(min_size=1))
def test_a_real_change_matters(policy: dict[str, Any], addition: str) -> None:
    changed = {**policy, "displayName": [policy.get("displayName"), addition]}

    assert content_hash(changed) != content_hash(policy)


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_read_only_property_is_dropped(name: str) -> None:
    assert canonical(make_policy(**{name: READ_ONLY[name]})) == make_policy()


def test_the_hash_is_over_sorted_compact_utf8_json() -> None:
    expected = json.dumps({"b": 1, "ä": ["x", None]}, separators=(",", ":"), ensure_ascii=False)

    assert content_hash({"ä": ["x", None], "id": "1", "b": 1}) == sha256(expected.encode()).hexdigest()


def test_the_kind_of_an_object_is_kept_at_every_level() -> None:
    assert canonical(make_policy()) == make_policy()


def test_ids_that_the_service_gives_to_parts_do_not_matter() -> None:
    part = {"id": "1", "lastModifiedDateTime": "2026-01-01T00:00:00Z", "enabled": True}
    action = {"id": "2", "actionType": "block", "gracePeriodHours": 12}

    policy = {
        "settings": [{"id": "7", **SETTING}],
        "definitionValues": [{**part, "presentationValues": [{**part, "value": "x"}]}],
        "scheduledActionsForRule": [{**part, "scheduledActionConfigurations": [action]}],
    }

    assert '"id"' not in json.dumps(canonical(policy))


def test_an_id_or_version_that_an_administrator_chose_matters() -> None:
    strength = {"id": "00000000-0000-0000-0000-000000000002", "modifiedDateTime": "2026-01-01T00:00:00Z"}
    policy = {"grantControls": {"authenticationStrength": strength}, "neededApps": [{"version": "1.2"}]}

    assert canonical(policy) == {
        "grantControls": {"authenticationStrength": {"id": strength["id"]}},
        "neededApps": [{"version": "1.2"}],
    }


def test_only_the_id_of_a_catalog_entry_matters() -> None:
    def value_of(text: str) -> dict[str, Any]:
        definition = {"id": "abc", "explainText": text, "version": "1"}
        return {"definitionValues": [{"enabled": True, "definition": definition}]}

    assert content_hash(value_of("old words")) == content_hash(value_of("new words"))
    assert canonical(value_of("x")) == {"definitionValues": [{"enabled": True, "definition": {"id": "abc"}}]}


def test_a_reference_by_address_matters() -> None:
    policy = {"definitionValues": [{"definition@odata.bind": "…/groupPolicyDefinitions('a')"}]}

    assert canonical(policy) == policy


def test_the_order_of_a_list_that_an_administrator_ordered_matters() -> None:
    assert content_hash({"rules": [1, 2]}) != content_hash({"rules": [2, 1]})


def test_scope_tags_and_children_of_a_setting_are_sets() -> None:
    group = {"groupSettingCollectionValue": [{"children": [{"a": 1}, {"b": 2}]}, {"children": []}]}
    mirrored = {"groupSettingCollectionValue": [{"children": [{"b": 2}, {"a": 1}]}, {"children": []}]}

    first = {"roleScopeTagIds": ["0", "1"], "settings": [group]}
    second = {"roleScopeTagIds": ["1", "0"], "settings": [mirrored]}

    assert content_hash(first) == content_hash(second)
