"""How long a sign-in, and what was learned with it, is valid."""

from datetime import timedelta

SIGN_IN_LIFETIME = timedelta(hours=12)
"""Of a sign-in, and of the group memberships that Microsoft reported with it."""
