"""A tenant's credentials in a browser: entering one, what is said of a bad one, and how that looks."""

from pathlib import Path

from playwright.sync_api import Page, expect

from ops_admin.credentials import storage
from ops_admin.credentials.queries import find_candidate
from ops_admin.infra.database import db
from tests.browser.conftest import Desk
from tests.browser.test_look_pages import EVERY_LOOK, problems_of
from tests.credentials.given import SECRET, a_certificate, a_secret, in_days, use
from tests.support.browser import WIDE, ColorScheme, NewPage, sign_in_page
from tests.support.certificates import APPLICATION, certificate_pem, pem


def open_page(page: Page, desk: Desk) -> None:
    sign_in_page(page, desk.url, desk.owner.email)
    page.goto(f"{desk.url}/tenants/{desk.tenant.id}/credentials")


@EVERY_LOOK
def test_what_is_entered_what_waits_and_what_expires_is_accessible_and_fits(
    desk: Desk, new_page: NewPage, viewport: tuple[int, int], scheme: ColorScheme
) -> None:
    page = new_page(viewport, scheme)
    open_page(page, desk)
    assert problems_of(page) == []
    page.get_by_label("Client secret", exact=True).check()
    expect(page.get_by_label("PEM file with certificate and private key")).to_be_hidden()
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    assert problems_of(page) == []
    use(desk.tenant, a_secret(in_days(9)))
    refused = storage.propose(desk.tenant.id, a_certificate(), "Ada")
    storage.record_refusal(desk.tenant.id, refused, "graph.unauthorized", 1)
    page.goto(f"{desk.url}/tenants/{desk.tenant.id}/credentials")
    page.get_by_text("Remove…").click()
    assert problems_of(page) == []
    page.goto(desk.url)
    expect(page.get_by_text("The client secret of Contoso for Microsoft expires on")).to_be_visible()
    assert problems_of(page) == []


def test_a_certificate_is_uploaded_after_one_that_cannot_be_used(desk: Desk, new_page: NewPage, tmp_path: Path) -> None:
    page, file = new_page(WIDE), tmp_path / "contoso.pem"
    open_page(page, desk)
    file.write_text(certificate_pem())
    page.get_by_label("Application (client) id").fill(APPLICATION)
    page.get_by_label("PEM file with certificate and private key").set_input_files(file)
    page.get_by_role("button", name="Save and check").click()
    expect(page.get_by_text("The file has no private key.")).to_be_visible()
    expect(page.get_by_label("Application (client) id")).to_have_value(APPLICATION)
    file.write_bytes(pem())
    page.get_by_label("PEM file with certificate and private key").set_input_files(file)
    page.get_by_role("button", name="Save and check").click()
    expect(page.get_by_text("Waiting for its check")).to_be_visible()
    expect(page.locator("[data-toast]")).to_contain_text("Credential check")


def test_a_secret_is_never_sent_back_to_the_browser(desk: Desk, new_page: NewPage) -> None:
    page = new_page(WIDE)
    open_page(page, desk)
    page.get_by_label("Client secret", exact=True).check()
    page.get_by_label("Value of the client secret").fill(SECRET)
    page.get_by_role("button", name="Save and check").click()
    expect(page.get_by_label("Value of the client secret")).to_have_value("")
    assert SECRET not in page.content()
    db.session.rollback()
    assert find_candidate(desk.tenant.id) is None, "without an application id nothing is stored"
