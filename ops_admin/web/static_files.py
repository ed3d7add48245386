"""How styles and scripts are served: compressed, and cacheable for a year under a URL that changes with them."""

import hashlib
from pathlib import Path

from flask import Flask, Response, request
from flask_compress import Compress

YEAR_SECONDS = 365 * 24 * 3600
COMPRESSED = ["text/css", "text/javascript", "image/svg+xml"]


def static_url_path(folder: Path) -> str:
    """Return the URL path of `folder`, which changes whenever any file in it does.

    So a page never meets a script of another version, and the modules' relative imports still work.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"/static/{digest.hexdigest()[:12]}"


def bind(app: Flask) -> None:
    """Make static files cacheable and compressed; pages are not compressed, because they hold tokens (BREACH)."""
    app.config.update(
        SEND_FILE_MAX_AGE_DEFAULT=YEAR_SECONDS,
        COMPRESS_MIMETYPES=COMPRESSED,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
    )
    Compress(app)
    # Registered after the compression, so called before it.
    app.after_request(_read_whole)


def _read_whole(response: Response) -> Response:
    """Read the file into memory, because the compression leaves streamed files open."""
    if request.endpoint == "static" and response.status_code == 200 and response.mimetype in COMPRESSED:
        response.direct_passthrough = False
        response.make_sequence()
    return response
