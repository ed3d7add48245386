"""`inventory.sync`: the tenant's policies, page by page, into the database (R40)."""
