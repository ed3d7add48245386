"""INFRA: the database, the queue, file storage and the libraries; it knows nothing of runs or tenants."""
