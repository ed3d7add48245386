"""ops_admin: a console in which every operation on a Microsoft tenant is one row of a ledger."""
