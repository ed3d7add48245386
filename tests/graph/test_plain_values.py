"""The plain values of encrypted custom settings are read where Graph allows it (R56)."""

import base64
from typing import Any

import pytest

from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import FORBIDDEN, UNAVAILABLE
from ops_admin.graph.reading import PolicyReading, read_policies
from ops_admin.graph.resources import get_policy_type
from ops_admin.graph.settings import Limits
from ops_admin.graph.writing import SecretsUnknown, create_policy, update_policy
from ops_admin.redaction.secret_marks import put_back
from tests.graph.scripted import Reply, ScriptedServer, Seen, make_client
from tests.graph.test_reading import Tenant

CONFIGURATIONS = get_policy_type("deviceConfigurations")
CATALOG = get_policy_type("configurationPolicies")
OMA = "#microsoft.graph.omaSetting"


def row(kind: str = "String", reference: str = "r") -> dict[str, Any]:
    masked = {"value": "****", "isEncrypted": True, "secretReferenceValueId": reference}
    return {"@odata.type": OMA + kind, "displayName": "Key", "omaUri": "./x", **masked}


def policy(name: str = "a", *rows: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "displayName": name, "omaSettings": list(rows or (row(),))}


def call(reference: str = "r", name: str = "a") -> str:
    return f"/{CONFIGURATIONS.path}/{name}/getOmaSettingPlainTextValue(secretReferenceValueId='{reference}')"


def read(client: GraphClient, *policies: dict[str, Any]) -> list[PolicyReading]:
    return read_policies(client, CONFIGURATIONS, policies)


def plain(client: GraphClient, reading: PolicyReading) -> dict[str, Any]:
    assert reading.content is not None
    return put_back(reading.content, client.vault.open(reading.sealed_secrets))


def test_a_plain_value_is_read_and_sealed(server: ScriptedServer) -> None:
    Tenant(server, {call(): {"value": "hush"}})
    client = make_client(server.url)

    (reading,) = read(client, policy())

    assert "hush" not in f"{reading} {reading.content}"
    (found,) = plain(client, reading)["omaSettings"]
    assert found == {"@odata.type": f"{OMA}String", "displayName": "Key", "omaUri": "./x", "value": "hush"}
    assert reading.former_hash is not None


def test_xml_is_told_as_text_and_written_in_base64(server: ScriptedServer) -> None:
    Tenant(server, {call(): {"value": "<a/>"}})
    client = make_client(server.url)

    (reading,) = read(client, policy("a", row("StringXml")))

    assert plain(client, reading)["omaSettings"][0]["value"] == base64.b64encode(b"<a/>").decode()


@pytest.mark.parametrize("status", [403, 404, 400])
def test_a_refusal_means_that_there_is_no_plain_value(server: ScriptedServer, status: int) -> None:
    Tenant(server, {call(): status})

    (reading,) = read(make_client(server.url), policy())

    assert (reading.error, reading.content, reading.sealed_secrets) == (None, policy(), "")


def test_after_a_refusal_the_tenant_is_not_asked_again(server: ScriptedServer) -> None:
    tenant = Tenant(server, {call(): 403, call("r", "b"): 403})
    client = make_client(server.url)

    read(client, policy())
    read(client, policy("b"))

    assert tenant.asked == [call()]


def test_a_failure_is_one_of_this_policy(server: ScriptedServer) -> None:
    """Without its secret the policy would look changed."""
    Tenant(server, {call(): 500, call("s", "b"): {"value": "hush"}})

    lost, kept = read(make_client(server.url, limits=Limits(max_attempts=1)), policy(), policy("b", row(reference="s")))

    assert (lost.error and lost.error.code, lost.content) == (UNAVAILABLE, None)
    assert kept.error is None
    assert FORBIDDEN not in str(lost.error)


def test_a_value_that_no_text_can_hold_costs_this_policy_alone(server: ScriptedServer) -> None:
    Tenant(server, {call(): {"value": "\ud800"}, call("s", "b"): {"value": "hush"}})

    odd, kept = read(make_client(server.url), policy(), policy("b", row(reference="s")))

    assert odd.error is not None
    assert kept.error is None


def token(value: str = "1f3a", state: str = "encryptedValueToken") -> dict[str, Any]:
    kind = "#microsoft.graph.deviceManagementConfigurationSecretSettingValue"
    simple = {"@odata.type": kind, "value": value, "valueState": state}
    instance = {"settingDefinitionId": "wifi_password", "simpleSettingValue": simple}
    return {"id": "a", "name": "a", "settings": [{"id": "0", "settingInstance": instance}]}


UNKNOWN = {"stars": (CONFIGURATIONS, policy()), "token": (CATALOG, token())}


@pytest.mark.parametrize(("policy_type", "content"), UNKNOWN.values(), ids=UNKNOWN)
def test_neither_stars_nor_a_token_are_ever_sent(server: ScriptedServer, policy_type: Any, content: Any) -> None:
    tenant = Tenant(server, {})
    client = make_client(server.url)

    with pytest.raises(SecretsUnknown):
        create_policy(client, policy_type, content)
    with pytest.raises(SecretsUnknown):
        update_policy(client, policy_type, "a", content, {**content, "settings": [], "omaSettings": []})

    assert tenant.asked == []


def test_a_mark_without_its_value_is_not_sent(server: ScriptedServer) -> None:
    Tenant(server, {call(): {"value": "hush"}})
    client = make_client(server.url)
    (reading,) = read(client, policy())
    assert reading.content is not None

    with pytest.raises(SecretsUnknown):
        create_policy(client, CONFIGURATIONS, reading.content)


def test_an_unknown_secret_that_is_as_wanted_is_left_alone(server: ScriptedServer) -> None:
    """A PUT would replace it, so only the rest is sent."""
    sent: list[Any] = []

    def answer(seen: Seen) -> Reply:
        sent.append((seen.method, seen.json()))
        return Reply(204)

    server.script = answer
    update_policy(make_client(server.url), CATALOG, "a", {**token(), "description": "new"}, token())

    assert sent == [("PATCH", {"description": "new"})]
