"""Showing runs: pages, labels and figures for readers, the forms that stop and retry."""
