"""Assignments of policies (R45): fetched and stored with a policy's version, restored with a mapping of groups."""
