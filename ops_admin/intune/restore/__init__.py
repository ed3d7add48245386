"""Restore (R43): a backup set's policies into a tenant, by a wizard, a preview and one guarded write at a time."""
