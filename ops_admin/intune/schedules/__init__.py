"""Schedules: syncs of a tenant that System starts at set times."""
