"""A tenant at a glance: what is in it, how old that knowledge is, what is being done to it."""
