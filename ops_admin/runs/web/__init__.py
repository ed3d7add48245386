"""Showing runs: pages, the words and numbers for readers, the forms that stop and retry."""
