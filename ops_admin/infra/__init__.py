"""The database, the queue, file storage and library objects. Knows nothing of runs or tenants."""
