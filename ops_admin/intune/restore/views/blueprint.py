"""The blueprint of the restore pages."""

from flask import Blueprint

blueprint = Blueprint("restores", __name__, url_prefix="/tenants/<int:tenant_id>/restores")
