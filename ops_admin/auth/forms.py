"""The sign-in form, and the base of all forms."""

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
    """A form submitted as form data or as a JSON object of texts; anything else counts as an empty form."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF carries no types
        """Overrides how the library reads and renders fields."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Return the submitted fields; the library alone would accept any JSON."""
            if not request.is_json:
                return super().wrap_formdata(form, formdata)
            sent = request.get_json(silent=True)
            return MultiDict(
                {name: value for name, value in sent.items() if isinstance(value, str)}
                if isinstance(sent, dict)
                else {}
            )

        def render_field(self, field: Any, render_kw: dict[str, Any]) -> Any:
            """Render a field, with its value cut to `maxlength`: only requests without a browser exceed that."""
            longest = {**(field.render_kw or {}), **render_kw}.get("maxlength")
            if longest is not None and isinstance(field, StringField):
                render_kw.setdefault("value", field._value()[: int(longest)])
            return super().render_field(field, render_kw)


class LoginForm(ConsoleForm):
    """E-mail address and password; errors are shown on their field."""

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
        """Set the focus on the password if there is a valid address, else on the address."""
        field = self.password if self.email.data and not self.email.errors else self.email
        field.render_kw = {**field.render_kw, "autofocus": True}
