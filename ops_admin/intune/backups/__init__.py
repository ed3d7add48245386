"""Backup sets (R42): policies and their assignments as they were, never changed afterwards."""
