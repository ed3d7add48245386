"""`python -m ops_admin.cli`, for when the command `ops-admin` is not on the path."""

from ops_admin.cli import main

main(prog_name="ops-admin")
