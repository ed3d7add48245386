"""A tenant's own credentials: the page where they are entered, and the operation that checks them (R75)."""
