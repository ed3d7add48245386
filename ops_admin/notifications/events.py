"""What others may hear of notifications; `app.py` connects who listens."""

from collections.abc import Mapping

from ops_admin.infra.channels import Channel

notification_created: Channel[int, Mapping[str, object]] = Channel("notification created, after its commit")
"""Sent with the id of the user and the payload (R24)."""
