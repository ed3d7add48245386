"""Readable names for the technical ids and property names of settings in Graph. Pure (R41)."""

import re

SEPARATOR = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "

# The prefix of ids in the settings catalog, which carries no information.
_PREFIX = re.compile(r"^(?:device|user)?_?vendor_msft_(?:policy_(?:config_|elevate_)?)?", re.I)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KIND = "#microsoft.graph."


def words_of_property(name: str) -> str:
    """Turn `passwordMinimumLength` into "Password minimum length"."""
    if name == "@odata.type":
        return "Kind"
    name = name.partition("@")[0] or name
    words = [word if word.isupper() and len(word) > 1 else word.lower() for word in _HUMP.split(name) if word]
    return _capitalised(" ".join(words).replace("_", " "))


def words_of_definition(definition_id: str, parent_id: str = "") -> str:
    """Turn an id of the settings catalog into words, without its prefix or the part it shares with its parent."""
    rest = _without_common_parts(definition_id, parent_id) if parent_id else _PREFIX.sub("", definition_id)
    parts = [part.replace("_", " ").strip() for part in rest.strip("_").split("~")]
    return SEPARATOR.join(_capitalised(part) for part in parts if part) or definition_id


def words_of_template_setting(definition_id: str) -> str:
    """Turn `deviceConfiguration--windows10…Configuration_bitLockerEncryptDevice` into "Bit locker encrypt device"."""
    return words_of_property(definition_id.rpartition("--")[2].rpartition("_")[2]) or definition_id


def words_of_choice(value: str, definition_id: str) -> str:
    """Return the id of a chosen option without the id of its setting, with which it begins."""
    return value.removeprefix(definition_id).strip("_") or value


def words_of_kind(odata_type: str) -> str:
    """Return an `@odata.type` without its namespace."""
    return odata_type.removeprefix(_KIND)


def _without_common_parts(definition_id: str, parent_id: str) -> str:
    parts, others = definition_id.split("_"), parent_id.split("_")
    common = 0
    while common < min(len(parts) - 1, len(others)) and parts[common] == others[common]:
        common += 1
    return "_".join(parts[common:]) if common else _PREFIX.sub("", definition_id)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
