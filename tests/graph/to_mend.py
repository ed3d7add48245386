"""What the console still gets wrong on a tenant that is as strict as a real one.

`TO_MEND` names by question the policies that the client gets wrong, and why (tests/graph/test_strict_tenant.py).
`BETWEEN_TENANTS` names by reason what a restore into another tenant gets wrong
(tests/intune/restore/test_strict_tenant.py).

Take a line out when its case passes; the suite fails until then. When the last line is gone, this module goes, and
with it `tests/support/lenient.py` and `--lenient` of the demo.
"""

READ = "read"
BACK = "brought back"
MADE_AGAIN = "made again"

APPS_FROM_LISTS = "apps: the list shows neither icon, scope tags nor relationships, so apps are to be read one by one"
APP_PROPERTIES = "apps: `isFeatured`, `size`, `committedContentVersion`, `packageId` are not to be sent"
UPDATE_RING = "update rings: an update may not send `…WillBeRolledBack`, `…PauseStartDate`, `…RollbackStartDateTime`"
APP_ONCE = "apps: `owner`, `appStoreUrl` and others are set by a create only"
PACKAGE = "apps: a package without its content is not to be created, but matched by name or reported as missing"
CERTIFICATES = "certificates: the profile's root and identity certificates are neither read nor bound"
STRENGTH = "Conditional Access: of an authentication strength only the id may be sent"
ROLE_TAGS = "roles: `roleScopeTags` of an assignment is a navigation property, to be read and bound"
ROLE_BUILT_IN = "read-only properties: `isBuiltInRoleDefinition` is not to be changed"
GLOBAL_SCRIPT = "read-only properties: `isGlobalScript` and `highestAvailableVersion` are not to be sent"
WHITE_GLOVE = "read-only properties: `enableWhiteGlove` is not to be sent"
SCRIPT = "references: the script of a compliance policy is sent with the id of its own tenant"
SCOPE_TAGS = "references: a scope tag of the same number belongs to another team, so tags are to be mapped by name"
NOTIFICATIONS = "references: notification templates are to be mapped by name"
REUSABLE = "references: reusable settings are to be mapped by name"
STATUS_PAGE = "references: the apps that a status page waits for are to be mapped by name"
ACCESS_IDS = "references: locations, terms of use, strengths, contexts of Conditional Access are to be mapped by name"
AT_WORK = "Conditional Access: a policy written into another tenant works at once, and is to be report-only"
INGESTION = "administrative templates: `policyConfigurationIngestionType` is not to be sent"

_APPS = ("7-Zip 24.08", "Company Portal", "Contoso Visitor Badge", "Intranet", "Zebra OEMConfig")
_OFFICE = "Microsoft 365 Apps - monthly enterprise"
_SCRIPTS = dict.fromkeys(("Clock out of step", "Low disk space"), GLOBAL_SCRIPT)
_PROFILES = dict.fromkeys(("Autopilot kiosks", "Autopilot user driven"), WHITE_GLOVE)
_STRENGTHS = {"CA004 - Administratoren: Phishing-resistente Anmeldung": STRENGTH}
_CERTIFICATES = dict.fromkeys(("SCEP - Gerätezertifikat", "WLAN - CONTOSO-SECURE (EAP-TLS)"), CERTIFICATES)
_TEMPLATES = ("Desktop - Netzlaufwerke (eigenes ADMX)", "Desktop - classic settings", "Office - macro protection")

TO_MEND: dict[str, dict[str, str]] = {
    READ: {
        **dict.fromkeys((*_APPS, _OFFICE), APPS_FROM_LISTS),
        **_CERTIFICATES,
        "Amsterdam help desk": ROLE_TAGS,
    },
    BACK: {
        **dict.fromkeys(_APPS, APP_PROPERTIES),
        "Contoso Visitor Badge": APP_ONCE,
        _OFFICE: APP_ONCE,
        **_SCRIPTS,
        **_PROFILES,
        **_STRENGTHS,
        **dict.fromkeys(("Update ring 1 - Pilot", "Update ring 3 - Broad"), UPDATE_RING),
        **dict.fromkeys(("Application packagers", "Site help desk"), ROLE_BUILT_IN),
    },
    MADE_AGAIN: {
        **dict.fromkeys((*_APPS, _OFFICE), APP_PROPERTIES),
        "7-Zip 24.08": PACKAGE,
        **_CERTIFICATES,
        **_SCRIPTS,
        **_PROFILES,
        **_STRENGTHS,
        **dict.fromkeys(_TEMPLATES, INGESTION),
        "Amsterdam help desk": ROLE_TAGS,
    },
}

_REFUSED = "left out: graph.bad_request"
_FOREIGN = "left out: restore.foreign_ids"

BETWEEN_TENANTS: dict[str, dict[str, str]] = {
    SCRIPT: {"Windows - Entwickler (mit Skript)": "complianceScript sent as it came"},
    SCOPE_TAGS: dict.fromkeys(("Power - meeting rooms (draft)", "Update ring 3 - Broad"), "scope tag of another team"),
    NOTIFICATIONS: {"Windows - compliant device": _REFUSED},
    REUSABLE: {"Firewall - Fernwartung": _REFUSED},
    STATUS_PAGE: {"Status page - offices": _REFUSED},
    ACCESS_IDS: dict.fromkeys(
        ("CA001 - Require multifactor authentication", *_STRENGTHS, "CA005 - Vertrauliche Dokumente"), _FOREIGN
    ),
    AT_WORK: {"CA002 - Finance from compliant devices only": "works at once"},
    CERTIFICATES: dict.fromkeys(_CERTIFICATES, _REFUSED),
    PACKAGE: {"7-Zip 24.08": _REFUSED},
    APP_PROPERTIES: dict.fromkeys((*_APPS[1:], _OFFICE), _REFUSED),
    GLOBAL_SCRIPT: dict.fromkeys(_SCRIPTS, _REFUSED),
    WHITE_GLOVE: dict.fromkeys(_PROFILES, _REFUSED),
    INGESTION: dict.fromkeys(_TEMPLATES, _REFUSED),
}
