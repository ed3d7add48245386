"""AUTH for `app.py`: signing in and out."""

from flask import Flask

from ops_admin.auth import retention, sessions, throttling, views
from ops_admin.features import Feature, Retention


def _bind(app: Flask) -> None:
    throttling.bind(app)
    sessions.bind(app)


FEATURE = Feature(
    "auth",
    setup=_bind,
    blueprints=(views.blueprint,),
    retention=(Retention("sign-ins", retention.count_old_sign_ins, retention.remove_old_sign_ins),),
)
