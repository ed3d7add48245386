"""Events about notifications. `app.py` connects the subscribers."""

from collections.abc import Mapping

from ops_admin.infra.channels import Channel

notification_created: Channel[int, Mapping[str, object]] = Channel("notification created, after its commit")
"""Sent with the user's id and the payload (R24)."""
