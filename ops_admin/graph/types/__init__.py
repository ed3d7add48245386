"""The policy types that the console knows, by area."""
