"""A tenant's Access page: people and their roles, and Entra groups that grant one (R36, R47)."""
