"""The ledger: every long-running operation is one row here, and only `service` writes it."""
