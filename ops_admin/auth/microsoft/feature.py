"""Signing in with Microsoft, for `app.py`; tokens are deleted when their sign-in ends."""

from ops_admin.access.signals import signed_out
from ops_admin.auth.microsoft import storage, views
from ops_admin.features import Feature

FEATURE = Feature(
    "microsoft",
    setup=storage.bind,
    blueprints=(views.blueprint,),
    subscribers=((signed_out, storage.forget_sign_in),),
)
