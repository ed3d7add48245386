"""ops_admin: the console in which every operation on a Microsoft tenant is one honest ledger row."""
