"""WHO MAY: users, workspaces, tenants, memberships, capabilities, guards, sign-in (R36-R39)."""
