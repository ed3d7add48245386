"""What policies refer to: the ids inside them, as data (R55). Knows neither Microsoft Graph nor the database."""
