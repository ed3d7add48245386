"""Benchmarks: everything is measured next to something comparable (`make bench`, docs/benchmarks.md)."""
