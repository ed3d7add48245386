"""Definitions of the settings that policies use. Each grows as more of its options and children are seen."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from ops_admin.simulator.setting_definitions.titles import area_of, option_title, title_of
from ops_admin.simulator.shapes import Document

PREFIX = "#microsoft.graph.deviceManagementConfiguration"
CATEGORIES = uuid.UUID("3a1d0c52-74c7-4f4e-9a55-1b1f3d2c9e10")
USUAL_OPTIONS = {"0": ("0", "1"), "1": ("0", "1"), "true": ("false", "true"), "false": ("false", "true")}

Catalogue = dict[str, Document]


def learn(catalogue: Catalogue, document: Mapping[str, Any]) -> None:
    """Add the definitions of a policy's settings to the catalogue."""
    for instance in _instances(document):
        definition_id = instance["settingDefinitionId"]
        known = catalogue.get(definition_id) or _new(definition_id, instance)
        catalogue[definition_id] = _grown(known, instance)


def definition_ids(setting: Mapping[str, Any]) -> list[str]:
    """Return the definitions that one setting of a policy uses, its own first."""
    return list(dict.fromkeys(instance["settingDefinitionId"] for instance in _instances({"settings": [setting]})))


def category_of(definition: Mapping[str, Any]) -> Document:
    """Return the category of a definition."""
    name = area_of(definition["id"])
    return {
        "id": definition["categoryId"],
        "name": name,
        "displayName": name,
        "description": None,
        "platforms": "none",
        "technologies": "none",
        "settingUsage": "configuration",
        "parentCategoryId": None,
        "rootCategoryId": definition["categoryId"],
        "childCategoryIds": [],
    }


def _instances(document: Mapping[str, Any]) -> Iterator[Document]:
    """Yield all setting instances of a policy or a reusable setting, parents before children."""
    waiting: list[Any] = [document.get("settingInstance"), document.get("settings")]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(reversed(each))
        elif isinstance(each, dict):
            if isinstance(each.get("settingDefinitionId"), str) and "@odata.type" in each:
                yield each
            waiting.extend(value for value in each.values() if isinstance(value, dict | list))


def _new(definition_id: str, instance: Document) -> Document:
    title, area = title_of(definition_id), area_of(definition_id)
    kind = str(instance["@odata.type"]).rpartition("deviceManagementConfiguration")[2].removesuffix("Instance")
    kind = kind.replace("GroupSettingCollection", "SettingGroupCollection").replace("GroupSetting", "SettingGroup")
    return {
        "@odata.type": f"{PREFIX}{kind}Definition",
        "id": definition_id,
        "accessTypes": "add,delete,replace,get",
        "keywords": [],
        "infoUrls": [],
        "occurrence": {"minDeviceOccurrence": 1, "maxDeviceOccurrence": 1},
        "baseUri": "./Device/Vendor/MSFT" if "vendor_msft" in definition_id else "",
        "offsetUri": "/" + definition_id.rpartition("_")[2],
        "rootDefinitionId": definition_id,
        "categoryId": str(uuid.uuid5(CATEGORIES, area)),
        "settingUsage": "configuration",
        "uxBehavior": "default",
        "visibility": "settingsCatalog",
        "riskLevel": "low",
        "referredSettingInformationList": [],
        "version": "1",
        "name": definition_id.rpartition("_")[2],
        "displayName": title,
        "description": f"{title}: a setting of {area}.",
        "helpText": None,
        "applicability": None,
        **_shape(definition_id, kind, instance),
    }


def _shape(definition_id: str, kind: str, instance: Document) -> Document:
    """Return what only definitions of this kind have."""
    if kind.startswith("Choice"):
        return {"options": [], "defaultOptionId": None}
    if kind.startswith("Simple"):
        return {"valueDefinition": _value_definition(_first_value(instance)), "defaultValue": None}
    return {"childIds": []}


def _value_definition(value: Document) -> Document:
    kind = str(value.get("@odata.type", "")).removeprefix(PREFIX)
    if kind == "IntegerSettingValue":
        limits = {"minimumValue": 0, "maximumValue": 2147483647}
        return {"@odata.type": f"{PREFIX}IntegerSettingValueDefinition", **limits}
    return {
        "@odata.type": f"{PREFIX}StringSettingValueDefinition",
        "format": "none",
        "inputValidationSchema": None,
        "isSecret": kind == "SecretSettingValue",
        "fileTypes": [],
        "minimumLength": 0,
        "maximumLength": 87516,
    }


def _first_value(instance: Document) -> Document:
    many = instance.get("simpleSettingCollectionValue") or []
    value = instance.get("simpleSettingValue") or (many[0] if many else {})
    return value if isinstance(value, dict) else {}


def _grown(known: Document, instance: Document) -> Document:
    if "options" in known:
        return {**known, **_options(known, _chosen(instance))}
    if "childIds" in known:
        rows = [*(instance.get("groupSettingCollectionValue") or []), instance.get("groupSettingValue") or {}]
        inside = [child for row in rows if isinstance(row, dict) for child in row.get("children") or []]
        children = [child["settingDefinitionId"] for child in inside if isinstance(child, dict)]
        return {**known, "childIds": list(dict.fromkeys([*known["childIds"], *children]))}
    return known


def _chosen(instance: Document) -> list[str]:
    values = [instance.get("choiceSettingValue"), *(instance.get("choiceSettingCollectionValue") or [])]
    return [str(value["value"]) for value in values if isinstance(value, dict) and value.get("value")]


def _options(known: Document, chosen: list[str]) -> Document:
    definition_id = known["id"]
    present = {option["itemId"]: option for option in known["options"]}
    for item_id in chosen:
        suffix = item_id.removeprefix(f"{definition_id}_")
        for option in USUAL_OPTIONS.get(suffix, (suffix,)) if suffix != item_id else (item_id,):
            wanted = f"{definition_id}_{option}" if suffix != item_id else item_id
            present.setdefault(wanted, _option(definition_id, wanted, option))
    options = sorted(present.values(), key=lambda option: str(option["itemId"]))
    return {"options": options, "defaultOptionId": options[0]["itemId"] if options else None}


def _option(definition_id: str, item_id: str, option: str) -> Document:
    value: Document = {"settingValueTemplateReference": None, "value": option}
    value["@odata.type"] = f"{PREFIX}StringSettingValue"
    if option.isdigit():
        value |= {"@odata.type": f"{PREFIX}IntegerSettingValue", "value": int(option)}
    title = option_title(definition_id, option)
    return {
        "itemId": item_id,
        "name": title,
        "displayName": title,
        "description": None,
        "helpText": None,
        "dependentOn": [],
        "dependedOnBy": [],
        "optionValue": value,
    }
