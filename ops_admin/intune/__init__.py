"""The work on tenants: one package for each feature, with the same file names in each."""
