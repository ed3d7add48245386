"""Review packs: an evidence bundle of a tenant for people who have no login here (R46)."""
