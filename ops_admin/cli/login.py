"""What a command says about signing in to the demo."""

from ops_admin.auth.seeds import SeedReport


def login_lines(report: SeedReport) -> list[str]:
    """Say how to sign in: as whom, and with which password if that is known."""
    first, *others = report.emails
    password = report.password or "the password that was set for the demo users"
    return [f"Sign in as {first} with {password}", f"or, with the same password, as {', '.join(others)}"]
