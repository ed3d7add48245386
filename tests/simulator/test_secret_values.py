"""Secrets: encrypted custom settings, secrets of the settings catalog, keys of wireless networks."""

from typing import Any

import pytest

from ops_admin.simulator.demo import FABRIKAM
from ops_admin.simulator.demo.certificates import GUEST_NETWORK, configuration_id
from ops_admin.simulator.demo.settings import secret
from tests.simulator.service import Service, nested

CONFIGURATIONS = "/deviceManagement/deviceConfigurations"
CATALOG = "/deviceManagement/configurationPolicies"
CUSTOM = "#microsoft.graph.windows10CustomConfiguration"
PLANT = configuration_id("Plant floor devices - custom settings")


def make_custom(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"@odata.type": CUSTOM, "displayName": "New", "omaSettings": list(rows)}


def make_row(kind: str = "String", value: Any = "geheim", **fields: Any) -> dict[str, Any]:
    return {
        "@odata.type": f"#microsoft.graph.omaSetting{kind}",
        "displayName": "x",
        "omaUri": "./x",
        "value": value,
    } | fields


def encrypted_row(service: Service) -> dict[str, Any]:
    rows = service.get(f"{CONFIGURATIONS}/{PLANT}").json()["omaSettings"]
    row: dict[str, Any] = next(row for row in rows if row["isEncrypted"])
    return row


def plain(service: Service, policy: str, reference: str) -> Any:
    call = f"getOmaSettingPlainTextValue(secretReferenceValueId='{reference}')"
    return service.get(f"{CONFIGURATIONS}/{policy}/{call}")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [("String", "geheim", "****"), ("StringXml", "PHhtbC8+", "PGEvPg=="), ("Integer", 7, 7), ("Boolean", True, True)],
)
def test_texts_are_shown_as_stars(service: Service, kind: str, value: Any, shown: Any) -> None:
    """IntuneManagement #29, CIPP #5410."""
    made = service.send("POST", CONFIGURATIONS, json=make_custom(make_row(kind, value))).json()
    (row,) = service.get(f"{CONFIGURATIONS}/{made['id']}").json()["omaSettings"]
    (listed,) = [each for each in service.rows(CONFIGURATIONS) if each["id"] == made["id"]]
    assert row["value"] == listed["omaSettings"][0]["value"] == shown
    assert row.get("isEncrypted", False) is (shown != value)


def test_the_plain_value_is_told_to_who_may_write(service: Service) -> None:
    """Microsoft365DSC #4412, #6846."""
    row = encrypted_row(service)
    told = plain(service, PLANT, row["secretReferenceValueId"])
    assert told.json()["value"] == "https://intranet.contoso.example/lock/plant.png"
    assert plain(service, PLANT, "somebody-else").status_code == 404
    withheld = {"withheld": ["DeviceManagementConfiguration.ReadWrite.All"]}
    service.control("PUT", f"/tenants/{service.tenant}/conduct", withheld)
    assert plain(service, PLANT, row["secretReferenceValueId"]).status_code == 403
    assert service.get(f"{CONFIGURATIONS}/{PLANT}").status_code == 200


@pytest.mark.parametrize("tenant", ["same", "other"])
def test_an_encrypted_row_makes_no_new_policy(service: Service, tenant: str) -> None:
    """IntuneBackupAndRestore #39, powershell-intune-samples #179."""
    asked = service if tenant == "same" else service.as_tenant(FABRIKAM)
    answer = asked.send("POST", CONFIGURATIONS, json=make_custom(encrypted_row(service)))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "NotSupported")
    assert error["message"] == "SecretReferenceValueId invalid for create."


def test_a_row_that_says_it_is_encrypted_is_refused(service: Service) -> None:
    """Microsoft365DSC #4083."""
    row = make_row(isEncrypted=True, value="****")
    assert service.send("POST", CONFIGURATIONS, json=make_custom(row)).status_code == 400
    row = make_row(isEncrypted=False, secretReferenceValueId=None)
    assert service.send("POST", CONFIGURATIONS, json=make_custom(row)).status_code == 201


def test_a_policy_takes_its_own_rows_back_and_no_others(service: Service) -> None:
    row = encrypted_row(service)
    path = f"{CONFIGURATIONS}/{PLANT}"
    body = {"@odata.type": CUSTOM, "omaSettings": [row]}
    assert service.send("PATCH", path, json=body).status_code == 200
    assert plain(service, PLANT, row["secretReferenceValueId"]).status_code == 200
    other = service.send("POST", CONFIGURATIONS, json=make_custom(make_row())).json()["id"]
    answer = service.send("PATCH", f"{CONFIGURATIONS}/{other}", json=body)
    assert answer.json()["error"]["message"] == "SecretReferenceValueId invalid for update."


def token_of(service: Service, policy: str) -> dict[str, Any]:
    (row,) = service.rows(f"{CATALOG}/{policy}/settings")
    value: dict[str, Any] = row["settingInstance"]["simpleSettingValue"]
    return value


def make_policy(value: str, state: str = "notEncrypted") -> dict[str, Any]:
    instance = secret("wifi_password", value)
    instance["simpleSettingValue"]["valueState"] = state
    settings = [{"settingInstance": instance}]
    return {"name": "New", "platforms": "macOS", "technologies": "mdm", "settings": settings}


def test_a_secret_comes_back_as_a_token(service: Service) -> None:
    made = service.send("POST", CATALOG, json=make_policy("geheim")).json()["id"]
    value = token_of(service, made)
    assert value["valueState"] == "encryptedValueToken"
    assert "geheim" not in value["value"]
    again = service.send("PUT", f"{CATALOG}/{made}", json=make_policy(value["value"], value["valueState"]))
    assert again.status_code == 204
    assert token_of(service, made) == value


def test_a_token_of_another_tenant_is_refused_or_broken(service: Service) -> None:
    made = service.send("POST", CATALOG, json=make_policy("geheim")).json()["id"]
    value, fabrikam = token_of(service, made), service.as_tenant(FABRIKAM)
    body = make_policy(value["value"], "encryptedValueToken")
    assert fabrikam.send("POST", CATALOG, json=body).status_code == 400
    assert fabrikam.rows(CATALOG) == []
    service.control("PUT", f"/tenants/{FABRIKAM}/conduct", {"foreign_tokens": "break"})
    taken = fabrikam.send("POST", CATALOG, json=body)
    assert taken.status_code == 201
    assert token_of(fabrikam, taken.json()["id"])["valueState"] == "invalid"
    (row,) = service.control("GET", f"/tenants/{FABRIKAM}/broken")["value"]
    assert (row["kind"], row["id"]) == ("secret", taken.json()["id"])


def test_nobody_sees_the_key_of_a_network_and_a_new_one_needs_it(service: Service) -> None:
    path = f"{CONFIGURATIONS}/{configuration_id(GUEST_NETWORK)}"
    assert service.get(path).json()["preSharedKey"] is None
    network = {
        "@odata.type": "#microsoft.graph.windowsWifiConfiguration",
        "displayName": "New",
        "ssid": "X",
        "networkName": "X",
        "wifiSecurityType": "wpa2Personal",
    }
    refused = service.send("POST", CONFIGURATIONS, json=network)
    assert "PreSharedKey is required" in nested(refused)["Message"]
    made = service.send("POST", CONFIGURATIONS, json={**network, "preSharedKey": "geheim123"})
    assert (made.status_code, made.json()["preSharedKey"]) == (201, None)
