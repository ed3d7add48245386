"""Stopping and starting again many runs at once: rows that were ticked, or all that match the list's filters (R44)."""
