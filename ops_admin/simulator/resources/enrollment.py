"""Enrollment, notifications, terms and branding."""

from __future__ import annotations

from ops_admin.simulator.resources.parts import ASSIGNMENTS, ASSIGNMENTS_APART, INTUNE, VERSION
from ops_admin.simulator.shapes import Assigning, Navigation, Resource

ENROLLMENT = (
    Resource(
        "deviceEnrollmentConfigurations",
        f"{INTUNE}/deviceEnrollmentConfigurations",
        "deviceEnrollmentConfiguration",
        polymorphic=True,
        in_v1=True,
        beta_only=frozenset({"roleScopeTagIds"}),
        navigations=ASSIGNMENTS_APART,
        assigning=Assigning("enrollmentConfigurationAssignment", "enrollmentConfigurationAssignments"),
        passed_over=VERSION,
        computed={"version": 1},
    ),
    Resource(
        "windowsAutopilotDeploymentProfiles",
        f"{INTUNE}/windowsAutopilotDeploymentProfiles",
        "windowsAutopilotDeploymentProfile",
        polymorphic=True,
        navigations=ASSIGNMENTS_APART,
        assigning=Assigning("windowsAutopilotDeploymentProfileAssignment", None),
    ),
    Resource(
        "deviceCategories",
        f"{INTUNE}/deviceCategories",
        "deviceCategory",
        in_v1=True,
        beta_only=frozenset({"roleScopeTagIds"}),
        timestamps=(),
    ),
    Resource(
        "notificationMessageTemplates",
        f"{INTUNE}/notificationMessageTemplates",
        "notificationMessageTemplate",
        in_v1=True,
        navigations={"localizedNotificationMessages": Navigation()},
        # The default language follows from the messages, which are created individually (microsoft-graph-docs #2243,
        # IntuneManagement: Start-PreImportNotifications).
        refused=frozenset({"defaultLocale"}),
        timestamps=("lastModifiedDateTime",),
        computed={"defaultLocale": None},
    ),
    Resource(
        "termsAndConditions",
        f"{INTUNE}/termsAndConditions",
        "termsAndConditions",
        in_v1=True,
        navigations=ASSIGNMENTS_APART,
        assigning=Assigning("termsAndConditionsAssignment", None),
        passed_over=VERSION,
        # Whoever raises it asks everybody to accept the terms again (Microsoft's description of `version`).
        allowed=VERSION,
        keeps_version=True,
        computed={"version": 1},
    ),
    Resource(
        "intuneBrandingProfiles",
        f"{INTUNE}/intuneBrandingProfiles",
        "intuneBrandingProfile",
        name_field="profileName",
        # Pictures have addresses of their own (IntuneManagement: Start-PostGetIntuneBranding).
        apart=frozenset({"themeColorLogo", "lightBackgroundLogo", "landingPageCustomizedImage"}),
        navigations=ASSIGNMENTS,
        assigning=Assigning("intuneBrandingProfileAssignment"),
        refused=frozenset({"isDefaultProfile", "disableClientTelemetry"}),
        computed={"isDefaultProfile": False, "disableClientTelemetry": False},
    ),
)
