"""What a review pack says: its sections, each read from the database once, and the files they become."""
