"""Where secret values lie in the bodies of Microsoft Graph, as data, and how to find them in a policy (R56). Pure.

Places are known by the names of their properties and by the shape of the object around them, not by the type of the
policy, so that a type which is added later is covered as well. Pages use this module, and pages must not import
`ops_admin.graph`; so it lies here.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ops_admin.redaction.patterns import is_secret_name

SECRET_PROPERTIES: Mapping[str, str] = {
    "preSharedKey": "the key of a wireless network",
    "sharedSecret": "the shared secret of a VPN connection",
    "adminAccountPassword": "the password of the administrator that macOS enrolment creates",
    "deviceAccountPassword": "the password of a Teams Rooms or Surface Hub account",
    "azureOperationalInsightsWorkspaceKey": "the key of a Log Analytics workspace",
    "productKey": "a licence key",
    "advancedThreatProtectionOnboardingBlob": "the package that joins a Defender tenant",
    "advancedThreatProtectionOffboardingBlob": "the package that leaves a Defender tenant",
    "payloadJson": "the configuration of an Android app, whole",
    "encodedSettingXml": "the configuration of an iOS app, whole",
    "appConfigKeyValue": "one value of the configuration of an iOS app",
    **dict.fromkeys(("password", "passphrase"), "what opens an account or a network"),
    "clientSecret": "the secret of an application",
    "privateKey": "a private key",
}
"""Properties whose text is a secret, wherever they stand, and what each is."""

SECRET_DOCUMENTS: Mapping[str, str] = {
    "payload": "a configuration profile of Apple's, or a wireless profile of Windows",
    "configurationXml": "an OMA-CP document, or the configuration of a macOS app",
    "eapXml": "an EAP configuration",
    "customXml": "the configuration of a VPN plug-in",
}
"""Base64 documents that are usually worth comparing, and a secret only if the decoded text names one."""

KEYED_VALUES = ("key", "name", "appConfigKey")
"""Beside one of these, `value` is a secret if the name sounds like one: additional data of VPN connections."""

ALL_VALUES = frozenset({"customSettings"})
"""Lists of names and values in which every value is a secret: the configuration of managed apps."""

OMA_ROWS = "omaSettings"
OMA_TEXTS = ("omaSettingString", "omaSettingStringXml", "omaSettingBase64")
"""Custom settings whose values Graph encrypts; numbers, booleans and times are shown."""
XML = "omaSettingStringXml"
ENCRYPTED, REFERENCE = "isEncrypted", "secretReferenceValueId"

SECRET_SETTING = "deviceManagementConfigurationSecretSettingValue"  # noqa: S105  # nosec  # the name of a type
VALUE_STATE, PLAIN_STATE = "valueState", "notEncrypted"
_HIDDEN_STATES = ("encryptedValueToken", "invalid")

_PERSONAL = ("wep", "wpaPersonal", "wpa2Personal", "wpa3Personal")


def _needs_wireless_key(network: Mapping[str, Any]) -> bool:
    security = network.get("wiFiSecurityType", network.get("wifiSecurityType"))
    return network.get("preSharedKeyIsSet") is True or security in _PERSONAL


def _needs_shared_secret(connection: Mapping[str, Any]) -> bool:
    methods = (connection.get("clientAuthenticationType"), connection.get("serverAuthenticationMethod"))
    return "sharedSecret" in methods or connection.get("authenticationMethod") == "sharedSecret"


NEEDED: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "preSharedKey": _needs_wireless_key,
    "sharedSecret": _needs_shared_secret,
}
"""Secrets that Graph never returns: whether the object has one all the same."""

MARK = re.compile(r"\[sealed secret ([0-9a-f]{32})\]")
"""What stands in place of a secret. Its number is a keyed digest, which changes with the secret and reveals nothing."""
NOT_KNOWN = "[secret not known]"
"""What stands for a value that Graph did not tell, where the token shown instead means nothing: in another tenant."""

_BASE64_PROPERTIES = frozenset({"payloadJson", "encodedSettingXml"})
# In quotes where the value is JSON.
_STARS = re.compile(r'[*\u2022]{3,}|"[*\u2022]{3,}"')
_VARIABLE = re.compile(r"\{\{[^{}]*\}\}")
_NAMES_SECRET = re.compile(r"password|passphrase|passcode|secret|keymaterial|sharedkey|privatekey|\bpsk\b|token", re.I)
_TEMPLATE_SECRET = re.compile(r"(?:password|passphrase|presharedkey|sharedsecret|secret)$", re.I)
_NOT_TEXT = ("booleanType", "integerType")


class State(StrEnum):
    """What a body holds at the place of a secret."""

    PLAIN = "plain"
    SEALED = "sealed"
    """A mark. The value is kept apart, sealed."""
    WITHHELD = "withheld"
    """Nothing, stars or a token: Graph did not tell the value."""


Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """The place of one secret in a body. `label` says to people which setting it is."""

    path: Path
    label: str
    state: State

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer (RFC 6901)."""
        return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in self.path)

    @property
    def root(self) -> str:
        """The property of the policy that holds the secret."""
        return str(self.path[0])


def secret_places(content: Mapping[str, Any]) -> list[Place]:
    """Return the places of all secrets in a policy, in document order."""
    return list(_in_object(content, (), ""))


def is_base64(content: Any, path: Path) -> bool:
    """Whether Graph takes the secret at a place as base64: a document, or custom XML."""
    owner, name = value_at(content, path[:-1]), path[-1]
    is_xml = name == "value" and isinstance(owner, dict) and str(owner.get("@odata.type", "")).endswith(XML)
    return is_xml or name in _BASE64_PROPERTIES or name in SECRET_DOCUMENTS


def value_at(content: Any, path: Path) -> Any:
    """Return what stands at a place; None if nothing does."""
    value = content
    for part in path:
        value = value.get(part) if isinstance(value, dict) else value[int(part)]
    return value


def _in_object(value: Mapping[str, Any], path: Path, label: str) -> Iterator[Place]:
    own = dict(_own_secrets(value))
    title = _title(value) or label
    for name in NEEDED:
        if value.get(name) is None and NEEDED[name](value):
            own[name] = State.WITHHELD
            if name not in value:
                yield Place((*path, name), _label(title, name), State.WITHHELD)
    for name, inner in value.items():
        if name in own:
            yield Place((*path, name), _label(title, name), own[name])
        else:
            yield from _in_value(inner, (*path, name), title, is_keyed=name in ALL_VALUES)


def _in_value(value: Any, path: Path, label: str, *, is_keyed: bool = False) -> Iterator[Place]:
    if isinstance(value, dict):
        yield from _in_object(value, path, label)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            state = _state_of_text(each.get("value")) if is_keyed and isinstance(each, dict) else None
            if state is not None:
                yield Place((*path, number, "value"), _label(_title(each) or label, "value"), state)
            else:
                yield from _in_value(each, (*path, number), label)


def _own_secrets(value: Mapping[str, Any]) -> Iterator[tuple[str, State]]:
    """Yield the properties of an object that are secrets themselves."""
    kind = str(value.get("@odata.type", "")).removeprefix("#").removeprefix("microsoft.graph.")
    if kind == SECRET_SETTING:
        yield from _named("value", _state_of_setting(value))
    elif kind in OMA_TEXTS or (not kind and "omaUri" in value):
        yield from _named("value", _state_of_oma(value))
    elif isinstance(value.get("definitionId"), str) and _TEMPLATE_SECRET.search(value["definitionId"]):
        yield from _named("value", _state_of_text(value.get("value")))
        yield from _named("valueJson", _state_of_text(value.get("valueJson"), empty=("null", '""')))
    elif any(isinstance(value.get(name), str) and is_secret_name(value[name]) for name in KEYED_VALUES):
        yield from _named("value", _state_of_text(value.get("value")))
    for name in SECRET_PROPERTIES.keys() & value.keys():
        if value.get("appConfigKeyType") not in _NOT_TEXT:
            yield from _named(name, _state_of_text(value[name]))
    for name in SECRET_DOCUMENTS.keys() & value.keys():
        yield from _named(name, _state_of_document(value[name]))


def _named(name: str, state: State | None) -> Iterator[tuple[str, State]]:
    if state is not None:
        yield name, state


def _state_of_setting(value: Mapping[str, Any]) -> State | None:
    if _is_mark(value.get("value")):
        return State.SEALED
    if value.get(VALUE_STATE) in _HIDDEN_STATES or value.get("value") == NOT_KNOWN:
        return State.WITHHELD
    return _state_of_text(value.get("value"))


def _state_of_oma(row: Mapping[str, Any]) -> State | None:
    if _is_mark(row.get("value")):
        return State.SEALED
    if row.get(ENCRYPTED) is True or row.get(REFERENCE):
        return State.WITHHELD
    return _state_of_text(row.get("value"))


def _state_of_text(value: object, empty: tuple[str, ...] = ()) -> State | None:
    """Return the state of a text that is a secret; None if there is nothing, or a variable that Intune fills in."""
    if not isinstance(value, str) or not value or value in empty or _VARIABLE.fullmatch(value):
        return None
    if value == NOT_KNOWN or _STARS.fullmatch(value):
        return State.WITHHELD
    return State.SEALED if _is_mark(value) else State.PLAIN


def _state_of_document(value: object) -> State | None:
    state = _state_of_text(value)
    if state is not State.PLAIN:
        return state
    try:
        text = base64.b64decode(str(value), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        text = str(value)
    return State.PLAIN if _NAMES_SECRET.search(text) else None


def _is_mark(value: object) -> bool:
    return isinstance(value, str) and MARK.fullmatch(value) is not None


def _title(value: Mapping[str, Any]) -> str:
    for name in ("displayName", "appConfigKey", "omaUri", "settingDefinitionId", "definitionId", "key", "name"):
        if isinstance(value.get(name), str) and value[name]:
            return str(value[name])
    return ""


def _label(title: str, name: str) -> str:
    return title if name in ("value", "valueJson", "appConfigKeyValue") and title else name
