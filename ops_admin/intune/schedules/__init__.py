"""SCHEDULES: syncs of a tenant that System starts by the clock, and who set them."""
