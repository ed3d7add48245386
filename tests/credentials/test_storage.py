"""The tenants' own credentials are sealed, used only once checked, and open for their tenant alone (R75)."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from ops_admin.access.queries import Tenant
from ops_admin.credentials import storage
from ops_admin.credentials.models import DbTenantCredential
from ops_admin.credentials.queries import (
    current_by_tenant,
    find_candidate,
    find_credential,
    find_current,
    find_for_directory,
)
from ops_admin.infra.database import db, transaction
from ops_admin.infra.sealing import SealBroken, seal, unseal
from tests.credentials.given import SECRET, a_certificate, a_secret, use
from tests.support.certificates import APPLICATION
from tests.support.factories import make_tenant

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


def stored() -> str:
    rows = db.session.execute(select(DbTenantCredential.__table__))
    return "\n".join(str(tuple(row)) for row in rows)


def test_what_is_sealed_opens_with_the_same_key_and_purpose_only() -> None:
    sealed = seal("a key", "a purpose", "text")
    assert unseal("a key", "a purpose", sealed) == "text"
    for key, purpose in (("another", "a purpose"), ("a key", "another")):
        with pytest.raises(SealBroken):
            unseal(key, purpose, sealed)


def test_a_secret_is_stored_sealed(tenant: Tenant) -> None:
    credential = use(tenant, a_secret())
    assert SECRET not in stored()
    assert storage.open_sealed(tenant.id, credential.id) == storage.Unsealed(secret=SECRET)


def test_a_certificate_is_stored_sealed_with_its_thumbprint_beside(tenant: Tenant) -> None:
    new = a_certificate()
    assert new.certificate is not None
    credential = use(tenant, new)
    assert new.certificate.private_key.splitlines()[2] not in stored()
    assert storage.open_sealed(tenant.id, credential.id).private_key == new.certificate.private_key
    assert (credential.thumbprint, credential.expires_at) == (new.certificate.thumbprint, new.certificate.expires_at)


def test_nothing_of_a_secret_is_in_a_text_that_could_be_logged(tenant: Tenant) -> None:
    credential = use(tenant, a_secret())
    assert SECRET not in repr(a_secret()) + repr(credential) + repr(storage.open_sealed(tenant.id, credential.id))


def test_another_secret_key_opens_nothing(tenant: Tenant, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    credential = use(tenant, a_secret())
    monkeypatch.setattr(storage, "_key", lambda: "another key")
    with pytest.raises(SealBroken):
        storage.open_sealed(tenant.id, credential.id)


@pytest.mark.parametrize("changes", [{"tenant_id": None}, {"client_id": "00000000-0000-4000-8000-000000000000"}])
def test_what_somebody_copied_in_the_database_opens_for_no_other(tenant: Tenant, changes: dict[str, object]) -> None:
    credential, other = use(tenant, a_secret()), make_tenant()
    values = {name: value or other.id for name, value in changes.items()}
    with transaction() as session:
        session.execute(update(DbTenantCredential).values(values))
    owner = other.id if "tenant_id" in changes else tenant.id
    with pytest.raises(SealBroken):
        storage.open_sealed(owner, credential.id)


def test_a_proposed_credential_is_not_used_until_it_is_adopted(tenant: Tenant) -> None:
    before = use(tenant, a_secret())
    proposed = storage.propose(tenant.id, a_certificate(), "Ben")
    assert find_current(tenant.id) == before
    candidate = find_candidate(tenant.id)
    assert candidate is not None
    assert (candidate.id, candidate.kind, candidate.checked_at) == (proposed, "certificate", None)
    assert storage.adopt(tenant.id, proposed)
    assert find_candidate(tenant.id) is None
    assert find_credential(tenant.id, before.id) is None, "the old secret is deleted"


def test_a_second_proposal_replaces_the_first_whose_check_then_changes_nothing(tenant: Tenant) -> None:
    before = use(tenant, a_secret())
    first = storage.propose(tenant.id, a_certificate(), "Ben")
    second = storage.propose(tenant.id, a_certificate(), "Ben")
    assert second > first, "an id that was used twice would let one be adopted that nobody checked"
    assert not storage.adopt(tenant.id, first)
    assert find_current(tenant.id) == before
    candidate = find_candidate(tenant.id)
    assert candidate is not None
    assert candidate.id == second


def test_no_other_tenants_credential_can_be_adopted(tenant: Tenant) -> None:
    proposed = storage.propose(tenant.id, a_secret(), "Ben")
    assert not storage.adopt(make_tenant().id, proposed)
    assert find_current(tenant.id) is None


def test_a_refusal_keeps_what_is_used(tenant: Tenant) -> None:
    before = use(tenant, a_secret())
    proposed = storage.propose(tenant.id, a_certificate(), "Ben")
    storage.record_refusal(tenant.id, proposed, "graph.unauthorized", 7)
    assert find_current(tenant.id) == before
    candidate = find_candidate(tenant.id)
    assert candidate is not None
    assert (candidate.failure_code, candidate.last_run_id) == ("graph.unauthorized", 7)


def test_a_removed_credential_is_gone(tenant: Tenant) -> None:
    use(tenant, a_secret())
    assert storage.remove(tenant.id, is_current=True)
    assert not storage.remove(tenant.id, is_current=True)
    assert stored() == ""


def test_a_directory_of_two_workspaces_with_different_credentials_has_none_of_its_own(tenant: Tenant) -> None:
    use(tenant, a_secret())
    found = find_for_directory(tenant.external_id.upper())
    assert found is not None
    assert found.client_id == APPLICATION
    use(make_tenant(external_id=tenant.external_id), a_secret())
    assert find_for_directory(tenant.external_id) is None


def test_tenants_that_use_the_installations_are_left_out(tenant: Tenant) -> None:
    other = make_tenant()
    storage.propose(other.id, a_secret(), "Ben")
    current = use(tenant, a_secret())
    assert current_by_tenant([tenant.id, other.id]) == {tenant.id: current}
