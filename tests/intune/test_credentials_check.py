"""`credentials.check` against the simulated login service: only a credential that gets a token is used (R75)."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.credentials import storage
from ops_admin.credentials.choosing import settings_for
from ops_admin.credentials.queries import find_candidate, find_current
from ops_admin.credentials.storage import NewCredential
from ops_admin.graph import tokens
from ops_admin.graph.errors import GraphError
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker.execution import execute
from tests.credentials.given import SECRET, a_certificate, a_secret, use
from tests.graph.simulated import Simulator
from tests.intune.synced import sync_groups
from tests.support.certificates import APPLICATION, certificate_pem, key_pem, pem


def check(tenant: Tenant, credential_id: int | None = None) -> Run:
    inputs = {} if credential_id is None else {"credential": credential_id}
    started = start("credentials.check", actor=Actor.system(), tenant_id=tenant.id, inputs=inputs)
    execute(started.run.id)
    return get_run(started.run.id)


def propose(tenant: Tenant, new: NewCredential) -> int:
    return storage.propose(tenant.id, new, "Ada")


def upload(simulator: Simulator, new: NewCredential) -> None:
    """Upload the certificate to the application, as an administrator does."""
    assert new.certificate is not None
    simulator.control("PUT", "settings", certificates={new.client_id: [new.certificate.certificate]})


def codes_of(run: Run) -> list[str]:
    return [failure.code for failure in run.failures]


def test_a_certificate_that_gets_a_token_is_used_from_then_on(tenant: Tenant, simulator: Simulator) -> None:
    use(tenant, a_secret())
    new = a_certificate()
    upload(simulator, new)
    run = check(tenant, propose(tenant, new))
    assert (run.outcome, run.counts.get("succeeded")) == (Outcome.SUCCEEDED, 1)
    current = find_current(tenant.id)
    assert current is not None
    assert (current.kind, current.last_run_id, current.failure_code) == ("certificate", run.id, None)
    assert find_candidate(tenant.id) is None


def test_one_that_is_refused_is_kept_aside_and_the_old_one_is_used(tenant: Tenant, simulator: Simulator) -> None:
    before = use(tenant, a_secret())
    run = check(tenant, propose(tenant, a_certificate()))
    assert (run.outcome, codes_of(run)) == (Outcome.FAILED, ["graph.unauthorized"])
    assert find_current(tenant.id) == before
    candidate = find_candidate(tenant.id)
    assert candidate is not None
    assert (candidate.failure_code, candidate.last_run_id) == ("graph.unauthorized", run.id)


def test_a_refused_one_is_used_once_its_check_succeeds(tenant: Tenant, simulator: Simulator) -> None:
    new = a_certificate()
    credential_id = propose(tenant, new)
    check(tenant, credential_id)
    upload(simulator, new)
    assert check(tenant, credential_id).outcome == Outcome.SUCCEEDED
    current = find_current(tenant.id)
    assert current is not None
    assert current.id == credential_id


def test_one_that_was_replaced_before_its_check_is_left_alone(tenant: Tenant, simulator: Simulator) -> None:
    started = start(
        "credentials.check",
        actor=Actor.system(),
        tenant_id=tenant.id,
        inputs={"credential": propose(tenant, a_secret())},
    )
    propose(tenant, a_secret())
    execute(started.run.id)
    assert codes_of(get_run(started.run.id)) == ["credentials.replaced"]
    assert find_current(tenant.id) is None


def test_one_that_is_replaced_during_its_check_is_left_alone(
    tenant: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops_admin.intune.credentials import operations

    first = propose(tenant, a_secret())

    def replace_first(*_: object) -> bool:
        propose(tenant, a_secret())
        return storage.adopt(tenant.id, first)

    monkeypatch.setattr(operations, "adopt", replace_first)
    assert codes_of(check(tenant, first)) == ["credentials.replaced"]
    assert find_current(tenant.id) is None


def test_the_same_check_is_one_run_while_it_is_active(tenant: Tenant) -> None:
    def begin(credential: int) -> int:
        inputs = {"credential": credential}
        return start("credentials.check", actor=Actor.system(), tenant_id=tenant.id, inputs=inputs).run.id

    first, second = propose(tenant, a_secret()), propose(tenant, a_secret())
    assert begin(first) == begin(first)
    assert begin(first) != begin(second), "the check of another credential is another run"


def test_without_a_name_the_credential_in_use_is_checked_anew(tenant: Tenant, simulator: Simulator) -> None:
    current = use(tenant, a_secret())
    assert sync_groups(tenant).outcome == Outcome.SUCCEEDED
    simulator.control("PUT", "settings", refused_secrets=[SECRET])
    assert codes_of(check(tenant)) == ["graph.unauthorized"], "the token of the sync must not count"
    after = find_current(tenant.id)
    assert after is not None
    assert (after.id, after.failure_code) == (current.id, "graph.unauthorized")


def test_a_tenant_without_one_checks_the_installations(tenant: Tenant, simulator: Simulator) -> None:
    assert check(tenant).outcome == Outcome.SUCCEEDED
    simulator.control("PUT", "settings", refused_secrets=["a-secret-for-tests"])
    assert codes_of(check(tenant)) == ["graph.unauthorized"]


@pytest.mark.parametrize("inputs", [{"credential": "1"}, {"credential": True}, {"credential": 2**63}, {"secret": "x"}])
def test_only_the_id_of_a_credential_is_an_input(tenant: Tenant, inputs: dict[str, object]) -> None:
    with pytest.raises(InvalidInputs):
        start("credentials.check", actor=Actor.system(), tenant_id=tenant.id, inputs=inputs)


def test_operations_act_as_the_tenants_own_application(
    tenant: Tenant, empty_tenant: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_sources", {})  # a token that an earlier test fetched would do as well
    new = a_certificate()
    upload(simulator, new)
    use(tenant, new)
    simulator.control("PUT", "settings", refused_secrets=["a-secret-for-tests"])
    assert sync_groups(tenant).outcome == Outcome.SUCCEEDED, "its own certificate is used"
    assert codes_of(sync_groups(empty_tenant)) == ["graph.unauthorized"], "others still use the installation's"


def test_a_credential_sealed_with_another_key_is_never_replaced_by_the_installations(
    tenant: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(tenant, a_secret())
    monkeypatch.setattr(storage, "_key", lambda: "another key")
    assert codes_of(sync_groups(tenant)) == ["graph.credential_unreadable"]


def test_the_installations_certificate_gets_tokens(
    tenant: Tenant, simulator: Simulator, app: Flask, tmp_path: Path
) -> None:
    file, certificate = tmp_path / "console.pem", certificate_pem()
    file.write_text(certificate + key_pem())
    settings = replace(
        app.config["SETTINGS"], graph_client_secret=None, graph_client_id=APPLICATION, graph_certificate=file
    )
    app.config["SETTINGS"] = settings
    assert codes_of(check(tenant)) == ["graph.unauthorized"], "nobody has uploaded it"
    simulator.control("PUT", "settings", certificates={APPLICATION: [certificate]})
    assert check(tenant).outcome == Outcome.SUCCEEDED
    file.write_bytes(b"damaged by whoever renewed it")
    with pytest.raises(GraphError, match="credential_unreadable"):
        settings_for(tenant)


def test_neither_key_nor_secret_gets_into_run_or_log(
    tenant: Tenant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    simulator.control("PUT", "settings", refused_secrets=[SECRET])
    runs = [check(tenant, propose(tenant, new)) for new in (a_secret(), a_certificate())]
    said = caplog.text + "".join(repr(run) for run in runs)
    body = pem().decode().split("PRIVATE KEY-----")[1].split()[2]
    assert all(run.outcome == Outcome.FAILED for run in runs)
    assert (SECRET in said, body in said) == (False, False)
