"""The sign-in form, and what all forms have in common."""

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, Length, Regexp

from ops_admin.auth import emails
from ops_admin.auth.passwords import MAX_LENGTH


class ConsoleForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A form that is sent as one, or as a JSON object of texts; whatever else comes is a form with nothing in it."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How the library finds what was sent."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Return the fields; the library itself takes any JSON for an object of texts."""
            if not request.is_json:
                return super().wrap_formdata(form, formdata)
            sent = request.get_json(silent=True)
            return MultiDict(
                {name: value for name, value in sent.items() if isinstance(value, str)}
                if isinstance(sent, dict)
                else {}
            )

        def render_field(self, field: Any, render_kw: dict[str, Any]) -> Any:
            """Draw a field; of what no browser would have let anybody type, no more than has room in it comes back."""
            longest = {**(field.render_kw or {}), **render_kw}.get("maxlength")
            if longest is not None and isinstance(field, StringField):
                render_kw.setdefault("value", field._value()[: int(longest)])
            return super().render_field(field, render_kw)


class LoginForm(ConsoleForm):
    """E-mail address and password; what is missing or too long is said beside the field."""

    email = EmailField(
        _l("E-mail address"),
        validators=[
            DataRequired(_l("Enter your e-mail address.")),
            Length(max=emails.LONGEST, message=_l("This is too long for an e-mail address.")),
            Regexp(emails.PATTERN, message=_l("Enter a whole e-mail address, such as name@company.com.")),
        ],
        filters=[lambda typed: typed.strip() if typed else typed],
        render_kw={"autocomplete": "username", "maxlength": emails.LONGEST, "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        validators=[
            DataRequired(_l("Enter your password.")),
            Length(max=MAX_LENGTH, message=_l("This password is too long.")),
        ],
        render_kw={"autocomplete": "current-password"},
    )

    def focus(self) -> None:
        """Put the cursor where typing goes on: into the password once there is an address."""
        field = self.password if self.email.data and not self.email.errors else self.email
        field.render_kw = {**field.render_kw, "autofocus": True}
