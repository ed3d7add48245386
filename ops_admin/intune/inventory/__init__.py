"""`inventory.sync`: reads the tenant's policies into the database (R40)."""
