"""The home page: all tenants that a member may see, with their state at a glance."""
