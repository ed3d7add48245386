"""The catalogue of settings: names, descriptions and options for whatever policies use."""

from pathlib import Path
from typing import Any

import pytest

from ops_admin.simulator.demo import FABRIKAM
from ops_admin.simulator.setting_definitions.titles import area_of, option_title, title_of
from tests.simulator.service import Service, running_service

DEFINITIONS = "/deviceManagement/configurationSettings"
CATALOG = "/deviceManagement/configurationPolicies"
CORPUS = Path(__file__).parents[3] / "shared" / "graph-corpus"
POLICY = "device_vendor_msft_policy_config"


@pytest.mark.parametrize(
    ("definition", "title", "area"),
    [
        (f"{POLICY}_defender_allowarchivescanning", "Allow archive scanning", "Defender"),
        (f"{POLICY}_experience_allowcortana", "Allow Cortana", "Experience"),
        ("device_vendor_msft_laps_policies_passwordagedays_aad", "Password Age Days", "LAPS"),
        (
            f"{POLICY}_microsoft_edge~policy~microsoft_edge~startup_homepagelocation",
            "Homepage location",
            "Microsoft Edge",
        ),
        ("com.apple.applicationaccess_allowscreenshot", "Allow screenshot", "Restrictions"),
    ],
)
def test_names_come_from_the_ids(definition: str, title: str, area: str) -> None:
    assert (title_of(definition), area_of(definition)) == (title, area)


def test_options_say_what_they_mean() -> None:
    assert option_title(f"{POLICY}_experience_allowcortana", "0") == "Not allowed"
    assert option_title(f"{POLICY}_smartscreen_enablesmartscreeninshell", "1") == "Enabled"


def find(service: Service, definition: str) -> dict[str, Any]:
    found: dict[str, Any] = service.get(f"{DEFINITIONS}/{definition}").json()
    return found


def test_a_choice_has_options_and_a_category(service: Service) -> None:
    shown = find(service, f"{POLICY}_defender_allowarchivescanning")
    assert shown["@odata.type"].endswith("ChoiceSettingDefinition")
    assert [option["displayName"] for option in shown["options"]] == ["Not allowed", "Allowed"]
    assert [option["itemId"][-2:] for option in shown["options"]] == ["_0", "_1"]
    category = service.get(f"/deviceManagement/configurationCategories/{shown['categoryId']}").json()
    assert category["displayName"] == "Defender"


def test_numbers_texts_secrets_and_groups_have_definitions_of_their_kind(service: Service) -> None:
    number = find(service, f"{POLICY}_defender_avgcpuloadfactor")["valueDefinition"]
    secret = find(service, "com.apple.wifi.managed_password")["valueDefinition"]
    group = find(service, "com.apple.wifi.managed")
    assert number["@odata.type"].endswith("IntegerSettingValueDefinition")
    assert secret["isSecret"] is True
    assert "com.apple.wifi.managed_password" in group["childIds"]


def test_settings_are_expanded_with_their_definitions(service: Service) -> None:
    policy = next(row["id"] for row in service.rows(CATALOG) if row["name"] == "Windows hardening")
    first = service.rows(f"{CATALOG}/{policy}/settings?$expand=settingDefinitions")[0]
    names = [definition["displayName"] for definition in first["settingDefinitions"]]
    assert names[0] == "Device password enabled"
    assert len(names) == 4
    assert "settingDefinitions" not in service.rows(f"{CATALOG}/{policy}/settings")[0]


def test_the_catalogue_is_the_service_s_own(service: Service) -> None:
    fabrikam = service.as_tenant(FABRIKAM)
    assert len(fabrikam.rows(DEFINITIONS)) == len(service.rows(DEFINITIONS)) > 90
    assert service.send("DELETE", f"{DEFINITIONS}/com.apple.wifi.managed").status_code == 405


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the exported policies are not beside the repository")
def test_every_setting_of_the_corpus_has_a_definition() -> None:
    with running_service(CORPUS) as service:
        ids = {row["id"] for row in service.rows(f"{DEFINITIONS}?$top=999")}
        used = set()
        for policy in service.rows(CATALOG):
            for row in service.rows(f"{CATALOG}/{policy['id']}/settings?$top=999&$expand=settingDefinitions"):
                used |= {definition["id"] for definition in row["settingDefinitions"]}
                assert row["settingDefinitions"][0]["id"] == row["settingInstance"]["settingDefinitionId"]
        service.http.close()
    assert used <= ids
    assert len(used) > 800
