"""The policies of a tenant and their immutable versions, as the last sync found them (R40, R41)."""
