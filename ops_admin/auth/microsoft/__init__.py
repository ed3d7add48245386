"""Signing in with Microsoft, and searching groups with the user's own token (R39, R47)."""
