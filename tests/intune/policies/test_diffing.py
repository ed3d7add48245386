"""Changes are listed by setting for every kind of policy. Pure (R41, R43)."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_admin.intune.policies.comparing import row_of
from ops_admin.intune.policies.diffing import Change, diff
from ops_admin.intune.policies.settings import settings_of
from tests.graph.simulated import CORPUS
from tests.graph.test_corpus import exported

PREFIX = "device_vendor_msft_policy_config_"


def choice(definition: str, value: str, *children: dict[str, Any]) -> dict[str, Any]:
    chosen = {"value": f"{definition}_{value}", "children": list(children)}
    return {"settingDefinitionId": definition, "choiceSettingValue": chosen}


def simple(definition: str, value: object, kind: str = "StringSettingValue") -> dict[str, Any]:
    typed = {"@odata.type": f"#microsoft.graph.deviceManagementConfiguration{kind}", "value": value}
    return {"settingDefinitionId": definition, "simpleSettingValue": typed}


def catalog(*instances: dict[str, Any]) -> dict[str, Any]:
    return {"name": "P", "settings": [{"id": str(n), "settingInstance": each} for n, each in enumerate(instances)]}


def changes_between(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, object, object]]:
    return [(change.label, change.before, change.after) for change in diff(old, new)]


def test_a_setting_of_the_catalog_is_named_without_its_prefix() -> None:
    scan = f"{PREFIX}defender_allowarchivescanning"

    assert changes_between(catalog(choice(scan, "0")), catalog(choice(scan, "1"))) == [
        ("Defender allowarchivescanning", "0", "1")
    ]


def test_another_order_and_other_ids_are_no_change() -> None:
    one, two = choice(f"{PREFIX}a", "1"), choice(f"{PREFIX}b", "1")

    assert diff(catalog(one, two), catalog(two, one)) == []


def test_child_settings_of_a_choice_are_listed_below_it() -> None:
    parent, child = f"{PREFIX}bitlocker_drive", f"{PREFIX}bitlocker_drive_length"
    old = catalog(choice(parent, "1", simple(child, 8)))
    new = catalog(choice(parent, "1", simple(child, 12)))

    assert changes_between(old, new) == [
        ("Bitlocker drive \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} Length", 8, 12)
    ]
    assert [change.kind for change in diff(old, catalog(choice(parent, "0")))] == ["changed", "removed"]


def test_one_more_rule_at_the_front_changes_no_other() -> None:
    def rules(*names: str) -> dict[str, Any]:
        groups = [{"children": [simple("fw_rule_name", name), simple("fw_rule_port", 80)]} for name in names]
        return catalog({"settingDefinitionId": "fw_rules", "groupSettingCollectionValue": groups})

    changes = diff(rules("web", "mail"), rules("new", "web", "mail"))

    assert {change.kind for change in changes} == {"added"}
    assert all("[new]" in change.label for change in changes)


def test_a_secret_is_not_shown_and_its_change_is() -> None:
    old = catalog(simple("wifi_key", "hunter2", "SecretSettingValue"))
    new = catalog(simple("wifi_key", "hunter3", "SecretSettingValue"))

    changes = diff(old, new)

    assert len(changes) == 1
    assert "hunter" not in str(changes)


def test_administrative_templates_are_told_by_their_names() -> None:
    def template(enabled: bool, value: str) -> dict[str, Any]:
        presented = {"value": value, "presentation": {"id": "p-1", "label": "Wait (minutes)"}}
        definition = {"id": "d-1", "displayName": "Lock the screen", "classType": "user"}
        return {
            "displayName": "P",
            "definitionValues": [{"enabled": enabled, "definition": definition, "presentationValues": [presented]}],
        }

    assert changes_between(template(True, "5"), template(False, "9")) == [
        ("Lock the screen (user)", "Enabled", "Disabled"),
        ("Lock the screen (user) \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} Wait (minutes)", "5", "9"),
    ]


def test_microsofts_new_wording_of_a_definition_is_no_change() -> None:
    def template(name: str) -> dict[str, Any]:
        return {"definitionValues": [{"enabled": True, "definition": {"id": "d-1", "displayName": name}}]}

    assert diff(template("Lock the screen"), template("Lock screen")) == []


def test_endpoint_security_settings_are_read_from_their_json() -> None:
    def intent(value: str) -> dict[str, Any]:
        definition = "deviceConfiguration--windows10EndpointProtectionConfiguration_bitLockerSystemDrivePolicy"
        return {
            "settings": [{"id": value, "definitionId": definition, "valueJson": f'{{"minimumPinLength": {value}}}'}]
        }

    arrow = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
    assert changes_between(intent("4"), intent("6")) == [
        (f"Bit locker system drive policy {arrow} Minimum pin length", 4, 6)
    ]


def test_custom_settings_are_known_by_their_address_and_called_by_their_name() -> None:
    def custom(value: int) -> dict[str, Any]:
        return {"omaSettings": [{"displayName": "Search bar", "omaUri": "./Vendor/MSFT/Search", "value": value}]}

    changes = diff(custom(1), custom(3))

    assert changes[0].path == "omaSettings/./Vendor/MSFT/Search/value"
    assert "Search bar" in changes[0].label


def test_a_script_is_shown_as_text_and_line_by_line() -> None:
    def script(text: str) -> dict[str, Any]:
        return {"scriptContent": base64.b64encode(text.encode()).decode()}

    (change,) = diff(script("one\ntwo\nthree"), script("one\n2\nthree"))
    assert (change.before, change.after) == ("one\ntwo\nthree", "one\n2\nthree")

    lines = [(line.kind, line.text) for line in row_of(change).lines]
    assert lines == [("same", "one"), ("removed", "two"), ("added", "2"), ("same", "three")]


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({"a": 1}, {"a": True}, [("A", 1, True)]),
        ({"a": None}, {}, []),
        ({"a": None}, {"a": False}, [("A", None, False)]),
        ({"a": ""}, {"a": None}, [("A", "", None)]),
        ({"id": "1", "version": 3, "createdDateTime": "x"}, {"id": "2"}, []),
        ({"roleScopeTagIds": ["1", "0"]}, {"roleScopeTagIds": ["0", "1"]}, []),
        ({"hosts": ["a", "b"]}, {"hosts": ["b", "a"]}, [("Hosts", ["a", "b"], ["b", "a"])]),
        ({"x@odata.context": "1", "assignments": [1]}, {}, []),
        ({"passwordMinimumLength": 4}, {}, [("Password minimum length", 4, None)]),
        ({"settings": "no list"}, {"settings": []}, [("Settings", "no list", None)]),
    ],
)
def test_plain_properties(old: dict[str, Any], new: dict[str, Any], changes: list[tuple[str, object, object]]) -> None:
    assert changes_between(old, new) == changes


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
CONTENTS = st.dictionaries(st.sampled_from(["settings", "definitionValues", "id", "x", "y@odata.type"]), JSON)


@given(CONTENTS, CONTENTS)
def test_any_content_can_be_compared(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert diff(old, old) == []
    there, back = diff(old, new), diff(new, old)
    assert {(each.path, str(each.before), str(each.after)) for each in there} == {
        (each.path, str(each.after), str(each.before)) for each in back
    }


def test_deep_nesting_is_cut() -> None:
    nest: dict[str, Any] = {}
    for _ in range(200):
        nest = {"deeper": nest}

    assert len(settings_of({"a": nest})) == 1


def test_a_change_says_what_happened() -> None:
    assert [Change("p", "P", *pair).kind for pair in ((None, 1), (1, None), (1, 2))] == ["added", "removed", "changed"]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of real policies is not here")
def test_every_real_policy_is_equal_to_itself_and_lists_all_settings() -> None:
    documents = [exported(path) for path in CORPUS.glob("*/*.json")]

    assert len(documents) > 200
    assert all(diff(document, document) == [] for document in documents)
    assert sum(len(settings_of(document)) for document in documents) > 3000


def test_a_reusable_setting_is_told_like_a_setting_of_the_catalog() -> None:
    def reusable(address: str) -> dict[str, Any]:
        instance = {"settingDefinitionId": "firewall_addresses", "simpleSettingValue": {"value": address}}
        return {"displayName": "Help desk", "settingInstance": instance}

    (change,) = diff(reusable("198.51.100.0/28"), reusable("198.51.100.16/28"))

    assert change.path == "settingInstance/firewall_addresses"
    assert (change.before, change.after) == ("198.51.100.0/28", "198.51.100.16/28")
