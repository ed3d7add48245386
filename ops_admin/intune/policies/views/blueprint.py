"""Where the pages of policies are."""

from flask import Blueprint

blueprint = Blueprint("policies", __name__, url_prefix="/tenants/<int:tenant_id>/policies")
