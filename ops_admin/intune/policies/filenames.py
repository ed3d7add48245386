"""Names of exported files: readable, valid on every system, and unique in their folder. Pure."""

import re

LONGEST = 100

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
# Names of Windows devices cannot be used for files, with or without an extension.
_DEVICES = re.compile(r"^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.I)


def safe_name(name: str) -> str:
    """Return `name` as a valid file name without extension; "policy" if nothing is left of it."""
    safe = " ".join(_FORBIDDEN.sub("_", name).split())[:LONGEST].strip(" .")
    if _DEVICES.match(safe):
        safe = f"_{safe}"
    return safe or "policy"


class Names:
    """The used names in an archive. They are unique ignoring case, for file systems that ignore it."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, folder: str, name: str, external_id: str) -> str:
        """Return an unused path for a policy. If the name is taken, the policy's id is appended."""
        base = safe_name(name)
        candidates = [base, f"{base} ({safe_name(external_id)[:8]})"]
        number = 2
        while True:
            path = f"{folder}/{candidates.pop(0) if candidates else f'{base} ({number})'}.json"
            if path.casefold() not in self._taken:
                self._taken.add(path.casefold())
                return path
            number += not candidates
