"""Measures speed beside something it can be compared with, and prints both: `make bench` (see docs/benchmarks.md)."""
