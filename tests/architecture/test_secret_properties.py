"""Every property of Graph's types that sounds like a secret is declared as one, or it is said why it is none (R56)."""

import re
from collections.abc import Iterator

from ops_admin.redaction.secret_places import NEEDED, OMA_TEXTS, SECRET_DOCUMENTS, SECRET_PROPERTIES, SECRET_SETTING
from ops_admin.simulator.schema.types import load_schema

SOUNDS_SECRET = re.compile(
    r"pass(?:word|phrase|code)|secret|psk|credential|token|private|key(?!word|board)|shared|payload|blob|xml|pin(?![a-z])",
    re.IGNORECASE,
)
TEXTS = ("string", "base64")

NO_SECRETS = {
    "a name or an id": (
        "payloadFileName payloadId payloadName vppTokenAppleId vppTokenDisplayName vppTokenId "
        "vppTokenOrganizationName defenderExploitProtectionXmlFileName "
        "fileVaultInstitutionalRecoveryKeyCertificateFileName "
        "secretReferenceValueId modeCredentialUsed credentialBundleIdAccessControlList"
    ),
    "the name of a key, or of a value": "key keyPath appConfigKey",
    "the purpose of a certificate, or a certificate, which is public": (
        "certificateEnhancedKeyUsage fileVaultInstitutionalRecoveryKeyCertificate"
    ),
    "a text for people": (
        "fileVaultPersonalRecoveryKeyHelpMessage passwordFormatString passwordRequirementsDescription"
    ),
    "an address": "passwordChangeUrl edgeSearchEngineOpenSearchXmlUrl privateLinkResourcePolicyIds",
    "sites": "safariPasswordAutoFillDomains",
    "a document about looks or rules, without a place for a secret": (
        "defenderExploitProtectionXml officeConfigurationXml startMenuLayoutXml startMenuLayoutEdgeAssetsXml"
    ),
}  # fmt: skip
"""Properties that sound like a secret and are none, by reason."""

DECLARED = {*SECRET_PROPERTIES, *SECRET_DOCUMENTS}
EXPLAINED = {name for names in NO_SECRETS.values() for name in names.split()}


def suspects() -> Iterator[str]:
    """The properties with a text whose name sounds like a secret, of all types that a tenant has."""
    schema = load_schema()
    for properties in schema.own.values():
        for name, found in properties.items():
            if found.kind in TEXTS and not found.enum and not found.complex and SOUNDS_SECRET.search(name):
                yield name


def test_each_property_that_sounds_like_a_secret_is_declared_or_explained() -> None:
    assert set(suspects()) - DECLARED - EXPLAINED == set()


def test_nothing_is_both_or_explained_in_vain() -> None:
    assert NEEDED.keys() <= SECRET_PROPERTIES.keys()
    assert set() == DECLARED & EXPLAINED
    assert set(suspects()) >= EXPLAINED


def test_the_kinds_of_custom_settings_with_a_text_are_known() -> None:
    schema = load_schema()
    texts = {
        name
        for name, properties in schema.own.items()
        if schema.is_a(name, "omaSetting") and "value" in properties and properties["value"].kind in TEXTS
    }
    assert texts == set(OMA_TEXTS)
    assert SECRET_SETTING in schema
