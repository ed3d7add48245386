"""To whom a policy is given (R45): fetched with its version, and written back through a mapping of groups."""
