"""How styles and scripts reach the browser: kept for a year under an address that changes with them, and compressed."""

import hashlib
from pathlib import Path

from flask import Flask, Response, request
from flask_compress import Compress

YEAR_SECONDS = 365 * 24 * 3600
COMPRESSED = ["text/css", "text/javascript", "image/svg+xml"]


def static_url_path(folder: Path) -> str:
    """Return the address below which `folder` is served: another one as soon as any file in it differs.

    A page of this version then never meets a script of the last one, and the modules' relative imports still hold.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"/static/{digest.hexdigest()[:12]}"


def bind(app: Flask) -> None:
    """Let browsers keep static files, and compress those; pages are not, for they hold tokens (BREACH)."""
    app.config.update(
        SEND_FILE_MAX_AGE_DEFAULT=YEAR_SECONDS,
        COMPRESS_MIMETYPES=COMPRESSED,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
    )
    Compress(app)
    # Registered later, called earlier.
    app.after_request(_read_whole)


def _read_whole(response: Response) -> Response:
    """Give the compression a whole file: of a stream it leaves the file open behind it."""
    if request.endpoint == "static" and response.status_code == 200 and response.mimetype in COMPRESSED:
        response.direct_passthrough = False
        response.make_sequence()
    return response
