"""Backup sets (R42): copies of policies and their assignments, which never change."""
