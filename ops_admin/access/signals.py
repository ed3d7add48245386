"""What others can hear about: rights that changed and sign-ins that ended, always after the commit (R25)."""

from collections.abc import Callable

from blinker import Signal

rights_changed = Signal("Sent with the id of the user whose rights changed.")
signed_out = Signal("Sent with the id of the sign-in that ended.")


def on_rights_changed(callback: Callable[[int], None]) -> None:
    """Call `callback(user_id)` whenever the rights of a user have changed."""
    rights_changed.connect(callback, weak=False)


def on_sign_out(callback: Callable[[str], None]) -> None:
    """Call `callback(sign_in_id)` whenever a sign-in has ended (`current_sign_in().id` while it lasted)."""
    signed_out.connect(callback, weak=False)


def tell_rights_changed(user_id: int) -> None:
    """Let the listeners know; for `after_commit`."""
    rights_changed.send(user_id)


def tell_signed_out(sign_in_id: str) -> None:
    """Let the listeners know; for `after_commit`."""
    signed_out.send(sign_in_id)
