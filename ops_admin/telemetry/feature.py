"""Telemetry, for `app.py`: around everything else, so it is bound last."""

from ops_admin.features import Feature
from ops_admin.telemetry import requests

FEATURE = Feature("telemetry", setup=requests.bind)
