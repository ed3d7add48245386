"""Events of `access`; `app.py` connects the subscribers. Always sent after the commit (R25)."""

from ops_admin.infra.channels import Channel

rights_changed: Channel[int] = Channel("rights changed, after the commit")
"""Sent with the id of the user whose rights changed."""

signed_out: Channel[str] = Channel("signed out, after the commit")
"""Sent with the id of the sign-in that ended."""
