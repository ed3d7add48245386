"""Names of exported files: readable, safe on every system, each once in its folder. Pure."""

import re

LONGEST = 100

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
# Devices of Windows, which no file may be called, with or without an extension.
_DEVICES = re.compile(r"^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.I)


def safe_name(name: str) -> str:
    """Return `name` as the beginning of a file name, without extension; "policy" when nothing of it can stay."""
    safe = " ".join(_FORBIDDEN.sub("_", name).split())[:LONGEST].strip(" .")
    if _DEVICES.match(safe):
        safe = f"_{safe}"
    return safe or "policy"


class Names:
    """The names that are taken in the folders of an archive; systems that know no case see no two alike."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, folder: str, name: str, external_id: str) -> str:
        """Return a path for a policy that nothing has yet; of two policies of one name the second shows its id."""
        base = safe_name(name)
        candidates = [base, f"{base} ({safe_name(external_id)[:8]})"]
        number = 2
        while True:
            path = f"{folder}/{candidates.pop(0) if candidates else f'{base} ({number})'}.json"
            if path.casefold() not in self._taken:
                self._taken.add(path.casefold())
                return path
            number += not candidates
