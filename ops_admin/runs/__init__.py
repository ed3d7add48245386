"""THE LEDGER: every long-running operation is one row here, and only `service` writes it.

`worker` does the work of runs, `web` shows them.
"""
