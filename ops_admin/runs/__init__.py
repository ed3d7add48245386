"""The run ledger: one row for each long-running operation, written only by `service`.

`worker` executes the runs, `web` shows them.
"""
