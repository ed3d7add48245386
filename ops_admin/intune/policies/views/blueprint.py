"""The blueprint of the policy pages."""

from flask import Blueprint

blueprint = Blueprint("policies", __name__, url_prefix="/tenants/<int:tenant_id>/policies")
