"""Credentials of the Microsoft application, for `app.py`."""

from ops_admin.credentials import availability, installation
from ops_admin.features import Feature

FEATURE = Feature(
    "credentials",
    setup=installation.bind,
    template_globals={"signs_in_with_microsoft_on": availability.signs_in_with_microsoft_on},
)
