"""The first page: all tenants that one may see, and of each what one looks for in the morning."""
