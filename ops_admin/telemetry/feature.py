"""TELEMETRY for `app.py`; it wraps everything else, so it is set up last."""

from ops_admin.features import Feature
from ops_admin.telemetry import requests

FEATURE = Feature("telemetry", setup=requests.bind)
