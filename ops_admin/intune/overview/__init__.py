"""The overview page of a tenant: its inventory, the age of the data, and recent runs."""
