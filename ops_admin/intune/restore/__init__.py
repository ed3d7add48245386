"""Restores policies of a backup set into a tenant (R43): a wizard, a preview, and one guarded write at a time."""
