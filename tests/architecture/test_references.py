"""Every property of Microsoft's types that holds an id, or is computed, is dealt with (R54, R55)."""

import re
from collections.abc import Iterator, Mapping

import pytest

from ops_admin.graph.bodies import writable
from ops_admin.graph.referenced import LISTS
from ops_admin.graph.resources import POLICY_TYPES, PolicyType
from ops_admin.graph.unwritable import needs_package, never_sent
from ops_admin.intune.restore.labels import KIND_LABELS
from ops_admin.intune.restore.operations.resolving import RESTORED_AS
from ops_admin.references.declared import PLACES, Kind
from ops_admin.references.link_kinds import links_of
from ops_admin.simulator.arrival import PACKAGES
from ops_admin.simulator.relations import links_of as links_in_schema
from ops_admin.simulator.resources import BY_KEY
from ops_admin.simulator.schema import load_schema

SCHEMA = load_schema()
NAMED_LIKE_AN_ID = re.compile(r"(Id|ID|Identifier)s?$")
# Parts that come with a policy, although Microsoft's types call them navigations.
PARTS = frozenset(
    {"settings", "scheduledActionsForRule", "scheduledActionConfigurations", "definitionValues", "presentationValues"}
    | {"apps", "items"}
    | {"localizedNotificationMessages", "combinationConfigurations"}
)
CATALOG = "Microsoft's catalog of settings, definitions and templates has the same ids everywhere"
OF_THE_APP = "an app's own name on its platform: bundle, package, team, product"
OF_A_SERVICE = "given by another service, the same wherever the policy is"
CHOSEN = "chosen by whoever wrote the policy, and used inside it only"
NOT_SENT = "never sent: computed, a parameter of an action, or set by the service"
REFUSED = "swept: an undeclared id in a Conditional Access policy is refused"
SECRET = "belongs to a secret value, and is never sent"

SAME_EVERYWHERE: Mapping[str, str] = {
    **dict.fromkeys(
        ("settingDefinitionId", "settingInstanceTemplateId", "settingValueTemplateId", "templateId", "definitionId"),
        CATALOG,
    ),
    **dict.fromkeys(("implementationId", "conditionStatementId", "qualityUpdateCatalogItemId"), CATALOG),
    **dict.fromkeys(
        ("allowedBundleIdentifiers", "appId", "appIdentifier", "appUserModelId", "applicationIdentifier"), OF_THE_APP
    ),
    **dict.fromkeys(("assessmentAppUserModelId", "bundleID", "bundleId", "desktopApplicationId"), OF_THE_APP),
    **dict.fromkeys(("extensionIdentifier", "identityResourceIdentifier", "kioskAppUserModelId"), OF_THE_APP),
    **dict.fromkeys(("kioskModeBuiltInAppId", "packageId", "packageIdentifier", "phoneProductIdentifier"), OF_THE_APP),
    **dict.fromkeys(("phonePublisherId", "primaryBundleId", "productIdentifier", "productIds", "trackId"), OF_THE_APP),
    **dict.fromkeys(("targetApplicationBundleIdentifier", "targetedPackageIds", "teamIdentifier"), OF_THE_APP),
    **dict.fromkeys(("kernelExtensionAllowedTeamIdentifiers", "systemExtensionsAllowedTeamIdentifiers"), OF_THE_APP),
    **dict.fromkeys(("vpnAlwaysOnPackageIdentifier", "containedAppId", "androidManagedStoreAppTrackIds"), OF_THE_APP),
    **dict.fromkeys(
        ("customBrowserPackageId", "customDialerAppPackageId", "messagingRedirectAppPackageId"), OF_THE_APP
    ),
    **dict.fromkeys(("mobileAppIdentifier", "windowsAppId"), OF_THE_APP),
    **dict.fromkeys(("azureOperationalInsightsWorkspaceId", "enterpriseCloudPrintResourceIdentifier"), OF_A_SERVICE),
    **dict.fromkeys(("enterpriseCloudPrintOAuthClientIdentifier", "localIdentifier", "remoteIdentifier"), OF_A_SERVICE),
    **dict.fromkeys(
        ("enterpriseCloudPrintMopriaDiscoveryResourceIdentifier", "objectIdentifier", "securityIdentifier"),
        OF_A_SERVICE,
    ),
    **dict.fromkeys(("folderIdentifier", "profileId", "privacyAdvertisingId"), CHOSEN),
    **dict.fromkeys(("workProfileBlockCrossProfileCallerId",), CHOSEN),
    **dict.fromkeys(
        ("managedDeviceId", "userId", "mobileAppCatalogPackageBranchId", "mobileAppCatalogPackageId"), NOT_SENT
    ),
    **dict.fromkeys(("managementServiceAppId", "vppTokenAppleId", "vppTokenId", "targetId"), NOT_SENT),
    **dict.fromkeys(("allowedAAGUIDs", "allowedPolicyOIDs"), OF_A_SERVICE),
    "privateLinkResourcePolicyIds": OF_A_SERVICE,
    "rightsManagementServicesTemplateId": NOT_SENT,
    "secretReferenceValueId": SECRET,
}
ANYWHERE = {"roleScopeTagIds"}
# The only ids that are chosen by whoever creates the object.
CHOSEN_IDS = {"authenticationContextClassReferences": {"id"}}
IDS = [each.key for each in POLICY_TYPES]


def kinds_of(policy_type: PolicyType) -> Iterator[str]:
    """The concrete types of which a policy of this type can be."""
    base = BY_KEY[policy_type.key].type
    return (kind for kind in SCHEMA.own if SCHEMA.is_a(kind, base))


def named_like_ids(kind: str, seen: set[str], left_out: frozenset[str] = frozenset()) -> Iterator[str]:
    """The properties that hold ids, in a type, in those derived from it, and in whatever they consist of.

    `left_out` are properties of the type itself that are not looked into.
    """
    if kind in seen:
        return
    seen.add(kind)
    for each in [derived for derived in SCHEMA.own if SCHEMA.is_a(derived, kind)]:
        for name, known in SCHEMA.properties(each).items():
            if name in left_out or (known.navigation and name not in PARTS):
                continue
            if NAMED_LIKE_AN_ID.search(name):
                yield name
            if known.kind in SCHEMA:
                yield from named_like_ids(known.kind, seen)


@pytest.mark.parametrize("policy_type", POLICY_TYPES, ids=IDS)
def test_every_id_is_declared_or_means_the_same_everywhere(policy_type: PolicyType) -> None:
    declared = {place.path[-1] for place in PLACES.get(policy_type.key, ())} | ANYWHERE
    found = set(named_like_ids(BY_KEY[policy_type.key].type, set(), never_sent({}, policy_type.key)))
    assert found - declared - SAME_EVERYWHERE.keys() == set()


def test_the_list_of_what_is_the_same_names_nothing_that_is_not_there() -> None:
    found = {name for each in POLICY_TYPES for name in named_like_ids(BY_KEY[each.key].type, set())}
    assert SAME_EVERYWHERE.keys() - found == set()


@pytest.mark.parametrize("policy_type", POLICY_TYPES, ids=IDS)
def test_links_between_policies_are_those_of_the_schema(policy_type: PolicyType) -> None:
    for kind in kinds_of(policy_type):
        known = set(links_of(policy_type.key, {"@odata.type": f"#microsoft.graph.{kind}"}).targets)
        known -= BY_KEY[policy_type.key].navigations.keys()
        # A role does not say who has it: that is said by its assignments.
        assert known == set(links_in_schema(BY_KEY[policy_type.key], kind)) - {"roleAssignments"}, kind


@pytest.mark.parametrize("policy_type", POLICY_TYPES, ids=IDS)
def test_what_graph_computes_is_never_sent(policy_type: PolicyType) -> None:
    for kind in kinds_of(policy_type):
        read_only = {
            name for name, known in SCHEMA.properties(kind).items() if known.read_only and not known.navigation
        }
        content = {"@odata.type": f"#microsoft.graph.{kind}", **dict.fromkeys(read_only, "computed")}
        sent = writable(content, policy_type).keys() - CHOSEN_IDS.get(policy_type.key, set())
        assert read_only & sent == set(), kind


def test_apps_with_packages_are_those_of_the_schema() -> None:
    for kind in kinds_of(next(each for each in POLICY_TYPES if each.key == "mobileApps")):
        if any(SCHEMA.is_a(kind, package) for package in PACKAGES):
            assert needs_package({"@odata.type": f"#microsoft.graph.{kind}"}, "mobileApps"), kind


def test_every_kind_has_a_name_and_a_way_to_be_found() -> None:
    assert set(KIND_LABELS) == set(Kind)
    looked_up = {Kind.APPLICATION, Kind.DEFINITION, Kind.GROUP, Kind.SERVICE_PRINCIPAL, Kind.USER}
    assert set(LISTS) == set(Kind) - looked_up
    assert {key for keys in RESTORED_AS.values() for key in keys} <= {each.key for each in POLICY_TYPES}
