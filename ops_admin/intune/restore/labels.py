"""What the kinds of references are called, and how those without a counterpart are named (R55)."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ops_admin.references.declared import Kind, Reference

KIND_LABELS: Mapping[Kind, object] = {
    Kind.APP: _("App"),
    Kind.APP_CATEGORY: _("App category"),
    Kind.APP_CONFIGURATION: _("App configuration"),
    Kind.APPLICATION: _("Application"),
    Kind.APP_POLICY: _("App protection or configuration"),
    Kind.CATALOG_POLICY: _("Settings catalog"),
    Kind.COMPLIANCE_POLICY: _("Compliance policy"),
    Kind.COMPLIANCE_SCRIPT: _("Compliance script"),
    Kind.CONFIGURATION: _("Device configuration"),
    Kind.CONTEXT: _("Authentication context"),
    Kind.DEFINITION: _("Setting of an uploaded administrative template"),
    Kind.DEPLOYMENT_PROFILE: _("Autopilot deployment profile"),
    Kind.DIRECTORY_ROLE: _("Directory role"),
    Kind.ENROLLMENT: _("Enrollment configuration"),
    Kind.GROUP: _("Group"),
    Kind.LOCATION: _("Named location"),
    Kind.NOTIFICATION: _("Notification template"),
    Kind.PROVISIONING_PROFILE: _("iOS app provisioning profile"),
    Kind.REUSABLE_SETTING: _("Reusable setting"),
    Kind.ROLE: _("Role"),
    Kind.SCOPE_TAG: _("Scope tag"),
    Kind.SCRIPT: _("Windows script"),
    Kind.SERVICE_PRINCIPAL: _("Service principal"),
    Kind.STRENGTH: _("Authentication strength"),
    Kind.TERMS: _("Terms of use"),
    Kind.TUNNEL_SITE: _("Microsoft Tunnel site"),
    Kind.USER: _("User"),
}
# Names of people stay out of failures (R7).
_NAMELESS = frozenset({Kind.USER})


def describe_references(unresolved: Iterable[tuple[str, Reference]]) -> str:
    """Return kinds and names of references that have no counterpart."""
    return "; ".join(dict.fromkeys(_describe(reference) for _code, reference in unresolved))


def _describe(reference: Reference) -> str:
    label = str(KIND_LABELS[reference.kind])
    if reference.kind in _NAMELESS:
        return label
    return str(gettext("%(kind)s “%(name)s”", kind=label, name=reference.name or reference.id))
