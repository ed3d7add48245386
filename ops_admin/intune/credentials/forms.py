"""The form of a tenant's own credential. Errors are shown beside the fields, which keep what is no secret (R38)."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import FileField, PasswordField, RadioField, SelectChoice, StringField

from ops_admin.auth.forms import ConsoleForm
from ops_admin.credentials.certificates import LARGEST_FILE, KeyPair, UnusableCertificate, read_key_pair
from ops_admin.credentials.labels import DEFECTS, KINDS, PASSPHRASE_DEFECTS
from ops_admin.credentials.stated_dates import end_of, is_past
from ops_admin.credentials.storage import NewCredential
from ops_admin.infra.database import utcnow

LONGEST_SECRET = 500


class CredentialForm(ConsoleForm):
    """The application, and its certificate or its secret. Fields of the other kind are ignored."""

    client_id = StringField(
        _l("Application (client) id"),
        render_kw={"maxlength": 64, "autocomplete": "off", "spellcheck": "false"},
    )
    kind = RadioField(
        _l("Kind"),
        choices=[SelectChoice(kind, KINDS[kind]) for kind in ("certificate", "secret")],
        default="certificate",
    )
    certificate = FileField(
        _l("PEM file with certificate and private key"), render_kw={"accept": ".pem,.crt,.key,.txt"}
    )
    passphrase = PasswordField(_l("Passphrase of the private key"), render_kw={"autocomplete": "off"})
    secret = PasswordField(_l("Value of the client secret"), render_kw={"autocomplete": "off"})
    secret_expires = StringField(_l("The secret expires on"), render_kw={"maxlength": 10, "autocomplete": "off"})

    _pair: KeyPair | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields that the chosen kind uses."""
        valid = bool(super().validate(extra_validators))
        knows_app = self._client_id_is_valid()
        proves = self._certificate_is_valid() if self.kind.data == "certificate" else self._secret_is_valid()
        return valid and knows_app and proves

    def credential(self) -> NewCredential:
        """Return the credential from the form's valid fields."""
        client_id = str(UUID(self.client_id.data.strip()))
        if self._pair is not None:
            return NewCredential(client_id, certificate=self._pair)
        stated = (self.secret_expires.data or "").strip()
        expires_at = end_of(date.fromisoformat(stated)) if stated else None
        return NewCredential(client_id, secret=self.secret.data.strip(), secret_expires_at=expires_at)

    def _client_id_is_valid(self) -> bool:
        try:
            UUID((self.client_id.data or "").strip())
        except ValueError:
            text = gettext("Enter the application id, such as 3f2b1c9e-5a4d-4e6f-8a7b-9c0d1e2f3a4b.")
            return _refuse(self.client_id, text)
        return True

    def _certificate_is_valid(self) -> bool:
        sent = request.files.get(self.certificate.name)
        if sent is None or not sent.filename:
            return _refuse(self.certificate, gettext("Choose a file."))
        try:
            pair = read_key_pair(sent.stream.read(LARGEST_FILE + 1), self.passphrase.data or None)
            pair.check_dates(utcnow())
        except UnusableCertificate as error:
            field = self.passphrase if error.defect in PASSPHRASE_DEFECTS else self.certificate
            return _refuse(field, str(DEFECTS[error.defect]))
        self._pair = pair
        return True

    def _secret_is_valid(self) -> bool:
        secret = (self.secret.data or "").strip()
        if not secret:
            return _refuse(self.secret, gettext("Enter the value of the secret."))
        if len(secret) > LONGEST_SECRET:
            return _refuse(self.secret, gettext("This is too long for a client secret."))
        if _is_uuid(secret):
            return _refuse(self.secret, gettext("This is the id of the secret. Enter its value."))
        return self._date_is_valid()

    def _date_is_valid(self) -> bool:
        stated = (self.secret_expires.data or "").strip()
        if not stated:
            return True
        try:
            day = date.fromisoformat(stated)
        except ValueError:
            return _refuse(self.secret_expires, gettext("Enter a date such as 2027-03-31."))
        if is_past(day, utcnow()):
            return _refuse(self.secret_expires, gettext("The secret has expired."))
        return True


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _refuse(field: Any, message: str) -> bool:
    # Replaces WTForms' own message, which is about data types.
    field.errors = [message]
    return False
