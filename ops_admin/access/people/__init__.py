"""A tenant's access page: its people and their roles, and the Entra groups that grant one (R36, R47)."""
