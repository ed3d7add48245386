"""Answers whoever asked for the secrets of a policy and may read them: a page, or a file (R56)."""

import json

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from ops_admin.access.queries import Tenant
from ops_admin.intune.secret_values import Revealed

FILE = "file"


def show_revealed(tenant: Tenant, name: str, revealed: Revealed, back_url: str, file_name: str) -> ResponseReturnValue:
    """Return the page with the secrets, or with `as=file` the policy as JSON. Nobody may keep a copy on the way."""
    if request.form.get("as") == FILE:
        response = Response(json.dumps(revealed.content, indent=2, ensure_ascii=False), mimetype="application/json")
        response.headers.set("Content-Disposition", "attachment", filename=file_name)
    else:
        page = render_template(
            "intune/secrets_shown.html", tenant=tenant, name=name, settings=revealed.settings, back_url=back_url
        )
        response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
