"""The zip file: every file of a folder in a fixed order, and a manifest with their SHA-256 (R46)."""

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

MANIFEST = "manifest.json"
MANIFEST_FORMAT = 1
_READABLE_FILE = 0o100644 << 16


def write_bundle(target: BinaryIO, folder: Path, facts: Mapping[str, object], at: datetime) -> None:
    """Write the files of `folder` in pieces, and their manifest, which begins with `facts`.

    The same folder, facts and time give the same bytes.
    """
    # The report comes first, because readers look for it.
    paths = sorted(folder.iterdir(), key=lambda path: (path.suffix != ".html", path.name))
    entries = []
    with ZipFile(target, "w", ZIP_DEFLATED) as bundle:
        for path in paths:
            info = _info(path.name, at)
            info.file_size = path.stat().st_size  # tells the library whether it needs the format for large files
            with path.open("rb") as source, bundle.open(info, "w") as place:
                shutil.copyfileobj(source, place)
            with path.open("rb") as source:
                digest = file_digest(source, "sha256").hexdigest()
            entries.append({"path": path.name, "bytes": info.file_size, "sha256": digest})
        text = json.dumps({"format": MANIFEST_FORMAT, **facts, "files": entries}, indent=2, ensure_ascii=False)
        bundle.writestr(_info(MANIFEST, at), f"{text}\n")


def verify_bundle(source: BinaryIO) -> list[str]:
    """Return the names of files that differ from the manifest, are missing, or are not in it; empty if it is valid."""
    with ZipFile(source) as bundle:
        listed = {entry["path"]: entry["sha256"] for entry in json.loads(bundle.read(MANIFEST))["files"]}
        names = set(bundle.namelist()) - {MANIFEST}
        found = {name: sha256(bundle.read(name)).hexdigest() for name in names}
    return sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))


def _info(name: str, at: datetime) -> ZipInfo:
    info = ZipInfo(name, at.timetuple()[:6])
    info.compress_type, info.external_attr = ZIP_DEFLATED, _READABLE_FILE
    return info
