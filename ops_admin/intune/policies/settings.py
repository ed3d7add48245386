"""Turns a policy's content into a flat list of settings, with paths that are the same in all versions. Pure.

Properties that Graph adds (ids, times, counts) are left out, as in the canonical form. Null means not set.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ops_admin.intune.policies import labels
from ops_admin.intune.policies.labels import SEPARATOR

MOST_DEPTH = 40


@dataclass(frozen=True)
class Setting:
    """One setting of a policy. `label` is for display; `value` is a text, number, boolean or list, never None."""

    path: str
    label: str
    value: object


_READ_ONLY = frozenset(
    {"id", "version", "supportsScopeTags", "isAssigned", "settingCount", "creationSource", "assignments"}
)
_TIMES = frozenset({"createdDateTime", "lastModifiedDateTime", "modifiedDateTime"})
_BASE64 = frozenset({"scriptContent", "detectionScriptContent", "remediationScriptContent", "payload"})
_UNORDERED = frozenset({"roleScopeTagIds"})
# Properties that identify an entry of a list, the best first.
_NAMES = ("omaUri", "ruleName", "actionType", "displayName", "name", "locale", "id")
_GROUP_NAMES = ("_name", "_displayname", "_ruleid")


def settings_of(content: Mapping[str, Any]) -> dict[str, Setting]:
    """Return the settings of a policy by path, in the order of the content."""
    found: dict[str, Setting] = {}
    for setting in _of_policy(content):
        if setting.value is not None:
            _add_unique(found, setting)
    return found


def _add_unique(found: dict[str, Setting], setting: Setting) -> None:
    """Add a setting; if its path is taken, because a policy has a setting twice, append a number."""
    path, number = setting.path, 1
    while path in found:
        number += 1
        path = f"{setting.path}#{number}"
    found[path] = setting if number == 1 else Setting(path, f"{setting.label} ({number})", setting.value)


# Each `_of_…` function yields the settings of one part of the content.
def _of_policy(content: Mapping[str, Any]) -> Iterator[Setting]:
    for name, value in content.items():
        if name in _READ_ONLY or _is_noise(name):
            continue
        special = _SPECIAL.get(name)
        if special is not None and isinstance(value, list | dict):
            # Some exports have the entry itself instead of a list of one.
            for entry in _dicts([value] if isinstance(value, dict) else value):
                yield from special(entry)
        else:
            yield from _of_value(name, labels.words_of_property(name), value, name)


def _is_noise(name: str) -> bool:
    if name == "@odata.type" or name.endswith("@odata.bind"):
        return False
    return name in _TIMES or "@odata." in name or name.startswith(("#", "@microsoft.graph."))


def _of_value(path: str, label: str, value: object, name: str, depth: int = 0) -> Iterator[Setting]:
    """Yield the settings in any JSON value: its leaves and lists of plain values."""
    if depth > MOST_DEPTH:
        yield Setting(path, label, json.dumps(value))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not _is_noise(key):
                inner_label = label + SEPARATOR + labels.words_of_property(key)
                yield from _of_value(f"{path}/{key}", inner_label, inner, key, depth + 1)
    elif isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
        for key, entry in _keyed(value):
            yield from _of_value(f"{path}/{key}", label + SEPARATOR + _title(key, entry), entry, name, depth + 1)
    else:
        yield Setting(path, label, _plain(value, name))


def _plain(value: object, name: str) -> object:
    if isinstance(value, list):
        return sorted(value, key=str) if name in _UNORDERED else value
    if name == "@odata.type" and isinstance(value, str):
        return labels.words_of_kind(value)
    return _decoded(value) if name in _BASE64 and isinstance(value, str) else value


def _decoded(text: str) -> str:
    """Return the text of a script that is encoded in base64, or the value itself if it is not."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8-sig")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text


def _keyed(entries: Sequence[object]) -> Iterator[tuple[str, object]]:
    """Give the entries of a list stable keys, so that a new first entry does not change all paths."""
    for name in _NAMES:
        keys = [entry.get(name) if isinstance(entry, dict) else None for entry in entries]
        if all(isinstance(key, str) and key for key in keys) and len(set(keys)) == len(keys):
            return ((str(key), entry) for key, entry in zip(keys, entries, strict=True))
    return ((str(number), entry) for number, entry in enumerate(entries, 1))


def _title(key: str, entry: object) -> str:
    """Return the display name of an entry, or else its key."""
    title = entry.get("displayName") if isinstance(entry, dict) else None
    return title if isinstance(title, str) and title else key


# Settings catalog, and endpoint security templates


def _of_setting(setting: Mapping[str, Any]) -> Iterator[Setting]:
    instance = setting.get("settingInstance")
    if isinstance(instance, dict):
        yield from _of_instance("settings", "", instance, "")
    elif isinstance(setting.get("definitionId"), str):
        yield from _of_template_setting(setting)
    else:
        yield from _of_value("settings", "Settings", setting, "settings")


def _of_template_setting(setting: Mapping[str, Any]) -> Iterator[Setting]:
    definition_id = setting["definitionId"]
    value = setting.get("value")
    if isinstance(setting.get("valueJson"), str):
        try:
            value = json.loads(setting["valueJson"])
        except ValueError:
            value = setting["valueJson"]
    yield from _of_value(f"settings/{definition_id}", labels.words_of_template_setting(definition_id), value, "value")


def _of_instance(path: str, label: str, instance: Mapping[str, Any], parent: str, depth: int = 0) -> Iterator[Setting]:
    """Yield one setting of the catalog, then its child settings."""
    definition = str(instance.get("settingDefinitionId", ""))
    words = labels.words_of_definition(definition, parent)
    path, label = f"{path}/{definition}", label + SEPARATOR + words if label else words
    if depth > MOST_DEPTH:
        yield Setting(path, label, json.dumps(instance))
        return
    for name, value in instance.items():
        read = _VALUES.get(name)
        if read is not None and value is not None:
            yield from read(path, label, value, definition, depth)


def _of_choice(path: str, label: str, value: Any, definition: str, depth: int) -> Iterator[Setting]:
    if isinstance(value, dict):
        yield Setting(path, label, _chosen(value, definition))
        yield from _of_children(path, label, value, definition, depth)


def _of_choices(path: str, label: str, values: Any, definition: str, depth: int) -> Iterator[Setting]:
    chosen = _dicts(values)
    yield Setting(path, label, [_chosen(value, definition) for value in chosen])
    for value in chosen:
        yield from _of_children(f"{path}/{_chosen(value, definition)}", label, value, definition, depth)


def _of_simple(path: str, label: str, value: Any, definition: str, depth: int) -> Iterator[Setting]:
    if isinstance(value, dict):
        yield Setting(path, label, _simple(value))
        yield from _of_children(path, label, value, definition, depth)


def _of_simples(path: str, label: str, values: Any, definition: str, depth: int) -> Iterator[Setting]:
    yield Setting(path, label, [_simple(value) for value in _dicts(values)])


def _of_group(path: str, label: str, value: Any, definition: str, depth: int) -> Iterator[Setting]:
    if isinstance(value, dict):
        yield from _of_children(path, label, value, definition, depth)


def _of_groups(path: str, label: str, values: Any, definition: str, depth: int) -> Iterator[Setting]:
    groups = _dicts(values)
    if not groups:
        yield Setting(path, label, [])
    for key, group in zip(_group_keys(groups), groups, strict=True):
        named = label if len(groups) == 1 else f"{label} [{key}]"
        yield from _of_children(f"{path}/[{key}]", named, group, definition, depth)


def _of_children(path: str, label: str, value: Mapping[str, Any], definition: str, depth: int) -> Iterator[Setting]:
    for child in _dicts(value.get("children")):
        yield from _of_instance(path, label, child, definition, depth + 1)


_VALUES: Mapping[str, Callable[[str, str, Any, str, int], Iterator[Setting]]] = {
    "choiceSettingValue": _of_choice,
    "choiceSettingCollectionValue": _of_choices,
    "simpleSettingValue": _of_simple,
    "simpleSettingCollectionValue": _of_simples,
    "groupSettingValue": _of_group,
    "groupSettingCollectionValue": _of_groups,
}


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _chosen(value: Mapping[str, Any], definition: str) -> str:
    return labels.words_of_choice(str(value.get("value")), definition)


def _simple(value: Mapping[str, Any]) -> object:
    """Return a plain value. A secret is replaced by a hash, which shows only whether it changed (R39)."""
    plain = value.get("value")
    if str(value.get("@odata.type", "")).endswith("SecretSettingValue"):
        return f"secret {sha256(str(plain).encode()).hexdigest()[:8]}"
    return plain


def _group_keys(groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return keys for groups of settings: their names (of firewall rules, for example), or else numbers."""
    names = [_name_of_group(group) for group in groups]
    if all(names) and len(set(names)) == len(names):
        return [str(name) for name in names]
    return [str(number) for number in range(1, len(groups) + 1)]


def _name_of_group(group: Mapping[str, Any]) -> str | None:
    for child in _dicts(group.get("children")):
        value = child.get("simpleSettingValue")
        if str(child.get("settingDefinitionId", "")).endswith(_GROUP_NAMES) and isinstance(value, dict):
            return str(value.get("value")) if value.get("value") else None
    return None


# Administrative templates


def _of_definition_value(value: Mapping[str, Any]) -> Iterator[Setting]:
    definition = value.get("definition") if isinstance(value.get("definition"), dict) else {}
    definition_id = _reference(value, "definition", "groupPolicyDefinitions('")
    name = definition.get("displayName") if isinstance(definition, dict) else None
    label = str(name or f"Definition {definition_id}")
    if isinstance(definition, dict) and definition.get("classType") == "user":
        label = f"{label} (user)"
    path = f"definitionValues/{definition_id}"
    yield Setting(path, label, "Enabled" if value.get("enabled") else "Disabled")
    for presented in _dicts(value.get("presentationValues")):
        yield _of_presentation(path, label, presented)


def _of_presentation(path: str, label: str, value: Mapping[str, Any]) -> Setting:
    presentation_id = _reference(value, "presentation", "presentations('")
    presentation = value.get("presentation")
    name = presentation.get("label") if isinstance(presentation, dict) else None
    shown = value["values"] if isinstance(value.get("values"), list) else value.get("value")
    if isinstance(shown, list):
        shown = [_pair(entry) if isinstance(entry, dict) else entry for entry in shown]
    return Setting(f"{path}/{presentation_id}", label + SEPARATOR + str(name or presentation_id), shown)


def _pair(entry: Mapping[str, Any]) -> str:
    name, value = entry.get("name"), entry.get("value")
    return f"{name}={value}" if value not in (None, "") else str(name)


def _reference(value: Mapping[str, Any], name: str, before: str) -> str:
    """Return the id of a referenced object, which is expanded or a link."""
    expanded = value.get(name)
    if isinstance(expanded, dict) and expanded.get("id"):
        return str(expanded["id"])
    link = value.get(f"{name}@odata.bind")
    return link.rpartition(before)[2].partition("'")[0] if isinstance(link, str) else "?"


_SPECIAL: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Setting]]] = {
    "settings": _of_setting,
    "settingInstance": lambda instance: _of_instance("settingInstance", "", instance, ""),
    "definitionValues": _of_definition_value,
}
