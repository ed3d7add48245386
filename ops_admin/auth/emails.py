"""What counts as an e-mail address, on the sign-in page and where somebody is added."""

import re

LONGEST = 254
# No stricter: addresses of internal domains (name@company.local) are accounts as well.
PATTERN = r"[^@\s]+@[^@\s]+$"


class InvalidEmail(ValueError):
    """A text that is no e-mail address."""


def read_email(text: str) -> str:
    """Return the address as it is kept, in lower case; raises InvalidEmail."""
    address = text.strip().lower()
    if not re.match(PATTERN, address) or not address.isprintable() or len(address) > LONGEST:
        raise InvalidEmail(f"{text!r} is not an e-mail address, such as name@company.com.")
    return address
