"""Doing the work of runs: execution, repairs, pruning."""
