"""How to sign in to the demo, as commands print it."""

from ops_admin.auth.seeds import SeedReport


def login_lines(report: SeedReport) -> list[str]:
    """Return lines that say how to sign in: as whom, and with which password if it is known."""
    first, *others = report.emails
    password = report.password or "the password that was set for the demo users"
    return [f"Sign in as {first} with {password}", f"or, with the same password, as {', '.join(others)}"]
