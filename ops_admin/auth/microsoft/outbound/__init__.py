"""Calls to Microsoft on behalf of a user who waits for the answer (R47); elsewhere only handlers call Microsoft."""
