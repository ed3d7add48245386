"""`directory.groups.sync`: ids and names of the groups, kept for pages that may not ask Graph (R40, R43)."""
