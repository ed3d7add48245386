"""What counts as an e-mail address, at sign-in and when people are added."""

import re

LONGEST = 254
# Deliberately lenient: addresses of internal domains (name@company.local) are valid accounts.
PATTERN = r"[^@\s]+@[^@\s]+$"


class InvalidEmail(ValueError):
    """The text is not an e-mail address."""


def read_email(text: str) -> str:
    """Return the address in lower case, as it is stored; raises InvalidEmail."""
    address = text.strip().lower()
    if not re.match(PATTERN, address) or not address.isprintable() or len(address) > LONGEST:
        raise InvalidEmail(f"{text!r} is not an e-mail address, such as name@company.com.")
    return address
