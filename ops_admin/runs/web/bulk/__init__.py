"""Stopping and restarting many runs at once: the ticked rows, or all that match the list's filters (R44)."""
