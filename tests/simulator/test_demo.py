"""The demo's own data."""

import uuid

from ops_admin.simulator.demo import CONTOSO, FABRIKAM, tenants
from ops_admin.simulator.resources import RESOURCES


def test_the_demo_is_the_same_every_time() -> None:
    assert [tenant.collections for tenant in tenants()] == [tenant.collections for tenant in tenants()]


def test_contoso_has_something_of_every_type() -> None:
    contoso = tenants()[0]
    missing = {resource.key for resource in RESOURCES if not contoso.documents(resource)}
    assert missing == {"operationApprovalRequests"}


def test_tenant_and_group_ids_are_of_version_four() -> None:
    groups = [group_id for tenant in tenants() for group_id in tenant.collection("groups")]
    assert {uuid.UUID(item).version for item in [CONTOSO, FABRIKAM, *groups]} == {4}


def test_the_two_tenants_share_names_but_no_ids() -> None:
    contoso, fabrikam, _ = (tenant.collection("groups") for tenant in tenants())
    shared = {row["displayName"] for row in contoso.values()} & {row["displayName"] for row in fabrikam.values()}
    assert contoso.keys().isdisjoint(fabrikam.keys())
    assert len(shared) > 50


def test_every_assignment_names_a_group_and_a_filter_that_exist() -> None:
    contoso = tenants()[0]
    filters = contoso.collection("assignmentFilters")
    for documents in contoso.collections.values():
        for document in documents.values():
            for assignment in document.get("assignments", []):
                target = assignment["target"]
                assert target.get("groupId") in {None, *contoso.collection("groups")}
                assert target["deviceAndAppManagementAssignmentFilterId"] in {None, *filters}


def test_ids_are_unique_within_a_tenant() -> None:
    numbered = ("roleScopeTags", "authenticationContextClassReferences")
    ids = [item for key, held in tenants()[0].collections.items() if key not in numbered for item in held]
    assert len(ids) == len(set(ids))
