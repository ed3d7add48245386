"""The Microsoft Graph client and the policy types it knows. Uses neither Flask nor the database."""
