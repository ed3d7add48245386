"""Acting for a person at Microsoft: signing in, and searching groups with the person's own token (R39, R47)."""
