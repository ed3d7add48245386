"""The content of a review pack: its sections, each read from the database once, and the files they become."""
