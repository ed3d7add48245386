"""What a review pack holds, made from a tenant that was really synced (R46, done-condition 5)."""

from ops_admin.access.queries import Tenant, User
from tests.reviews.making import generate, open_zip, pack_of, report_of


def test_smoke(tenant: Tenant, operator: User) -> None:
    run = generate(tenant, operator)
    assert run.failures == ()
    pack = pack_of(run)
    assert pack.status == "ready", pack
    assert "Contoso" in report_of(pack)
    assert len(open_zip(pack).namelist()) == 12
