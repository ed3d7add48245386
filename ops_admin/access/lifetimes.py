"""How long what was learned when somebody signed in may count."""

from datetime import timedelta

SIGN_IN_LIFETIME = timedelta(hours=12)
"""Of a sign-in, and of what Microsoft said at it about the groups of whoever signed in."""
