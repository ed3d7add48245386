"""Shorthands for building settings catalog settings."""

from __future__ import annotations

from typing import Any

from ops_admin.simulator.shapes import Document

PREFIX = "#microsoft.graph.deviceManagementConfiguration"
NO_TEMPLATE = {
    "templateId": "",
    "templateFamily": "none",
    "templateDisplayName": None,
    "templateDisplayVersion": None,
}


def choice(definition: str, option: str, *children: Document) -> Document:
    """A choice setting: the option (by its suffix) and the child settings that it opens."""
    value = {"settingValueTemplateReference": None, "value": f"{definition}_{option}", "children": list(children)}
    return _instance("ChoiceSettingInstance", definition, choiceSettingValue=value)


def number(definition: str, value: int) -> Document:
    """An integer setting."""
    return _instance("SimpleSettingInstance", definition, simpleSettingValue=_simple("Integer", value))


def text(definition: str, value: str) -> Document:
    """A string setting."""
    return _instance("SimpleSettingInstance", definition, simpleSettingValue=_simple("String", value))


def secret(definition: str, value: str) -> Document:
    """Return a secret text, which the service does not return."""
    kept = {**_simple("Secret", value), "valueState": "notEncrypted"}
    return _instance("SimpleSettingInstance", definition, simpleSettingValue=kept)


def reference(definition: str, item_id: str) -> Document:
    """Return a reference to a reusable setting."""
    return _instance(
        "SimpleSettingCollectionInstance",
        definition,
        simpleSettingCollectionValue=[{**_simple("Reference", item_id), "note": None}],
    )


def texts(definition: str, *values: str) -> Document:
    """A string collection setting."""
    rows = [_simple("String", value) for value in values]
    return _instance("SimpleSettingCollectionInstance", definition, simpleSettingCollectionValue=rows)


def groups(definition: str, *rows: list[Document]) -> Document:
    """A group collection setting, such as firewall rules."""
    values = [{"settingValueTemplateReference": None, "children": row} for row in rows]
    return _instance("GroupSettingCollectionInstance", definition, groupSettingCollectionValue=values)


def numbered(*instances: Document) -> list[Document]:
    """Number the instances as the settings of a policy."""
    return [{"id": str(place), "settingInstance": instance} for place, instance in enumerate(instances)]


def _instance(kind: str, definition: str, **value: Any) -> Document:
    return {
        "@odata.type": PREFIX + kind,
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": None,
        **value,
    }


def _simple(kind: str, value: int | str) -> Document:
    return {
        "@odata.type": f"{PREFIX}{kind}SettingValue",
        "settingValueTemplateReference": None,
        "value": value,
    }
