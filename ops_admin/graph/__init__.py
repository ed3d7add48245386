"""Outbound: the Microsoft Graph client and what is known of Graph's policies. No Flask, no database."""
