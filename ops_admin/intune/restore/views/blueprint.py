"""The blueprint on which the pages of this feature put themselves."""

from flask import Blueprint

blueprint = Blueprint("restores", __name__, url_prefix="/tenants/<int:tenant_id>/restores")
