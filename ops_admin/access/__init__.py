"""ACCESS, who may do what: users, workspaces, tenants, memberships, capabilities, guards (R36, R37)."""
