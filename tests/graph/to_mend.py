"""What the console still gets wrong on a tenant that is as strict as a real one.

`TO_MEND` names by question the policies that the client gets wrong, and why (tests/graph/test_strict_tenant.py).
`BETWEEN_TENANTS` names by reason what a restore into another tenant gets wrong
(tests/intune/restore/test_strict_tenant.py).

Take a line out when its case passes; the suite fails until then. When the last line is gone, this module goes, and
with it `tests/support/lenient.py` and `--lenient` of the demo.
"""

READ = "read"
BACK = "brought back"
MADE_AGAIN = "made again"

TO_MEND: dict[str, dict[str, str]] = {
    READ: {},
    BACK: {},
    MADE_AGAIN: {},
}

BETWEEN_TENANTS: dict[str, dict[str, str]] = {}
