"""Secret values are found wherever they lie in a policy, taken out and put back (R56)."""

import base64
import copy
import json
from typing import Any

import pytest

from ops_admin.infra.vault import Vault
from ops_admin.redaction.secret_marks import Masked, fill_in, forget_tokens, mask, put_back, unknown_places
from ops_admin.redaction.secret_places import MARK, State, secret_places, value_at

VAULT = Vault("a key")
OMA = "#microsoft.graph.omaSetting"
SETTING = "#microsoft.graph.deviceManagementConfigurationSecretSettingValue"
HUSH = "hush-hush"


def oma(kind: str = "String", value: Any = HUSH, **more: Any) -> dict[str, Any]:
    row = {"@odata.type": OMA + kind, "displayName": "Key", "omaUri": "./x", "value": value, **more}
    return {"omaSettings": [row]}


def catalog(value: str = HUSH, state: str = "notEncrypted", depth: int = 0) -> dict[str, Any]:
    simple = {"@odata.type": SETTING, "value": value, "valueState": state}
    instance: dict[str, Any] = {"settingDefinitionId": "wifi_password", "simpleSettingValue": simple}
    for _ in range(depth):
        instance = {"settingDefinitionId": "group", "groupSettingCollectionValue": [{"children": [instance]}]}
    return {"settings": [{"id": "0", "settingInstance": instance}]}


def take_out(content: dict[str, Any]) -> Masked:
    return mask(content, VAULT.digest)


def app_setting(value: str, kind: str = "stringType") -> dict[str, Any]:
    return {"settings": [{"appConfigKey": "a", "appConfigKeyType": kind, "appConfigKeyValue": value}]}


def template_setting(definition: str, value: str) -> dict[str, Any]:
    return {"settings": [{"definitionId": f"deviceConfiguration--x_{definition}", "valueJson": value}]}


PROFILE = base64.b64encode(b"<key>Password</key><string>hush-hush</string>").decode()
WITH_SECRET = {
    "custom setting": oma(),
    "custom setting in base64": oma("Base64", "aHVzaC1odXNo"),
    "custom setting in XML": oma("StringXml", "PGE+aHVzaDwvYT4="),
    "setting of the catalog": catalog(),
    "setting of the catalog far inside": catalog(depth=5),
    "reusable setting": {"settingInstance": catalog()["settings"][0]["settingInstance"]},
    "wireless key": {"preSharedKey": HUSH},
    "VPN secret": {"server": {"sharedSecret": HUSH}},
    "VPN data": {"customData": [{"key": "password", "value": HUSH}]},
    "key-value data": {"customKeyValueData": [{"name": "Client Secret", "value": HUSH}]},
    "app configuration of iOS": app_setting(HUSH),
    "app configuration as XML": {"encodedSettingXml": "PGE+aHVzaDwvYT4="},
    "app configuration of Android": {"payloadJson": "eyJhIjoiaHVzaCJ9"},
    "configuration of managed apps": {"customSettings": [{"name": "server", "value": HUSH}]},
    "profile of Apple with a password": {"payload": PROFILE},
    "setting of a template": template_setting("vpnPassword", f'"{HUSH}"'),
}  # fmt: skip


@pytest.mark.parametrize("content", WITH_SECRET.values(), ids=WITH_SECRET)
def test_a_secret_is_taken_out_and_put_back(content: dict[str, Any]) -> None:
    before = copy.deepcopy(content)

    masked = take_out(content)

    (place,) = secret_places(content)
    value = value_at(content, place.path)
    assert (content, masked.secrets) == (before, {VAULT.digest(value): value})
    assert value not in json.dumps(masked.content)
    assert [place.state for place in secret_places(masked.content)] == [State.SEALED]
    assert put_back(masked.content, masked.secrets) == content
    assert take_out(masked.content) == Masked(masked.content, {})


WITHOUT_SECRET = {
    "numbers": oma("Integer", 7),
    "rules about passwords": {"passwordRequired": True, "passwordMinimumLength": 8, "passwordRequiredType": "numeric"},
    "variables of Intune": app_setting("{{mail}}"),
    "booleans of apps": app_setting("true", "booleanType"),
    "open networks": {"preSharedKey": None, "wiFiSecurityType": "open"},
    "profiles without a secret": {"payload": "PGtleT5EaXNhYmxlPC9rZXk+"},
    "ordinary settings": {"settings": [{"settingInstance": {"simpleSettingValue": {"value": "plain"}}}]},
    "other data": {"customData": [{"key": "server", "value": "vpn.example"}]},
    "password rules of a template": template_setting("passwordMinimumLength", "8"),
    "names": {"displayName": "password", "description": "secret"},
}  # fmt: skip


@pytest.mark.parametrize("content", WITHOUT_SECRET.values(), ids=WITHOUT_SECRET)
def test_what_is_no_secret_stays_readable(content: dict[str, Any]) -> None:
    assert secret_places(content) == []
    assert take_out(content).content == content


WITHHELD = {
    "stars": (oma(value="****"), "/omaSettings/0/value"),
    "a reference": (oma(value="PGEvPg==", isEncrypted=True, secretReferenceValueId="r"), "/omaSettings/0/value"),
    "a token": (
        catalog("1f3a", "encryptedValueToken"),
        "/settings/0/settingInstance/simpleSettingValue/value",
    ),
    "a wireless key that is set": ({"preSharedKey": None, "preSharedKeyIsSet": True}, "/preSharedKey"),
    "a wireless key of a personal network": ({"wifiSecurityType": "wpa2Personal"}, "/preSharedKey"),
    "a VPN secret": ({"sharedSecret": None, "clientAuthenticationType": "sharedSecret"}, "/sharedSecret"),
}


@pytest.mark.parametrize(("content", "pointer"), WITHHELD.values(), ids=WITHHELD)
def test_what_graph_does_not_tell_is_unknown_until_somebody_types_it(content: dict[str, Any], pointer: str) -> None:
    assert [place.pointer for place in unknown_places(content)] == [pointer]
    assert put_back(content, {}) == content

    filled = fill_in(content, {pointer: HUSH, "/displayName": "ignored"}, VAULT.digest)

    assert unknown_places(filled.content, filled.secrets) == []
    whole = put_back(filled.content, filled.secrets)
    (place,) = secret_places(whole)
    assert (place.state, value_at(whole, place.path)) == (State.PLAIN, HUSH)
    assert not {"isEncrypted", "secretReferenceValueId", "encryptedValueToken"} & set(json.dumps(whole).split('"'))


def test_equal_secrets_have_equal_marks_and_others_have_not() -> None:
    assert take_out(oma()).content == take_out(oma()).content
    assert take_out(oma()).content != take_out(oma(value="another")).content
    other_key = mask(oma(), Vault("another key").digest)
    assert other_key.content != take_out(oma()).content


def test_a_name_that_looks_like_a_mark_reveals_nothing() -> None:
    masked = take_out(oma())
    mark = masked.content["omaSettings"][0]["value"]
    assert MARK.fullmatch(mark)

    whole = put_back({**masked.content, "description": mark}, masked.secrets)

    assert (whole["description"], whole["omaSettings"][0]["value"]) == (mark, HUSH)


def test_a_mark_without_its_value_is_unknown() -> None:
    masked = take_out(oma())
    assert len(unknown_places(masked.content)) == 1
    assert unknown_places(masked.content, masked.secrets) == []


def test_tokens_of_two_tenants_are_forgotten_alike() -> None:
    one, other = (forget_tokens(catalog(token, "encryptedValueToken")) for token in ("1f3a", "9c2b"))
    assert one == other
    assert forget_tokens(catalog()) == catalog()


def test_the_vault_opens_only_with_its_own_key() -> None:
    sealed = VAULT.seal({"a": HUSH})
    assert sealed is not None
    assert HUSH not in sealed
    assert VAULT.open(sealed) == {"a": HUSH}
    assert Vault("another key").open(sealed) == {}
    assert (VAULT.seal({}), VAULT.open(None)) == ("", {})


@pytest.mark.parametrize("typed", ["<a>hush</a>", "PGE+aHVzaDwvYT4="])
def test_xml_can_be_typed_as_it_is_or_as_graph_takes_it(typed: str) -> None:
    asked = oma("StringXml", "****", isEncrypted=True, secretReferenceValueId="r")

    filled = fill_in(asked, {"/omaSettings/0/value": typed}, VAULT.digest)

    assert put_back(filled.content, filled.secrets)["omaSettings"][0]["value"] == "PGE+aHVzaDwvYT4="


def test_a_typed_text_that_is_no_document_stays_as_it_is() -> None:
    asked = oma("String", "****", isEncrypted=True, secretReferenceValueId="r")

    filled = fill_in(asked, {"/omaSettings/0/value": "<hush>"}, VAULT.digest)

    assert put_back(filled.content, filled.secrets)["omaSettings"][0]["value"] == "<hush>"


def test_stars_in_quotes_are_no_value_and_a_typed_one_is_sent_as_json() -> None:
    asked = template_setting("password", '"****"')
    assert [place.state for place in secret_places(asked)] == [State.WITHHELD]

    filled = fill_in(asked, {"/settings/0/valueJson": 'hush"'}, VAULT.digest)

    assert put_back(filled.content, filled.secrets)["settings"][0]["valueJson"] == '"hush\\""'
