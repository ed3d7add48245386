"""Executing, repairing and pruning runs."""
