"""REVIEWS: review packs, evidence about a tenant for people without a login (R46)."""
