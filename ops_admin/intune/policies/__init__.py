"""The policies of a tenant and their immutable versions, from the last sync (R40, R41)."""
