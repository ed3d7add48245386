"""The cached directory: ids and names of groups and assignment filters (R40, R43). Pages never call Graph."""
