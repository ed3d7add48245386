"""Autopilot deployment profiles: Graph shows older properties that it no longer accepts, and their successors. Pure."""

from collections.abc import Mapping

from ops_admin.graph.transport import JSONObject

_SUCCESSORS: Mapping[str, str] = {
    "enableWhiteGlove": "preprovisioningAllowed",
    "extractHardwareHash": "hardwareHashExtractionEnabled",
    "language": "locale",
}
_FIRST_START = "outOfBoxExperienceSetting"
_OLD_FIRST_START = "outOfBoxExperienceSettings"
_FIRST_START_SUCCESSORS: Mapping[str, str] = {
    "deviceUsageType": "deviceUsageType",
    "hideEULA": "eulaHidden",
    "hideEscapeLink": "escapeLinkHidden",
    "hidePrivacySettings": "privacySettingsHidden",
    "skipKeyboardSelectionPage": "keyboardSelectionPageSkipped",
    "userType": "userType",
}


def with_successors(content: JSONObject) -> JSONObject:
    """Return the profile with the successors of older properties, as far as it lacks them."""
    found = {new: content[old] for old, new in _SUCCESSORS.items() if old in content}
    old = content.get(_OLD_FIRST_START)
    if isinstance(old, dict):
        found[_FIRST_START] = {new: old[name] for name, new in _FIRST_START_SUCCESSORS.items() if name in old}
    return {**found, **{name: value for name, value in content.items() if name not in found or value is not None}}
