"""Where a sign-in may redirect to: only pages of this console (R38). Pure."""

from urllib.parse import urlsplit

HOME = "/"
_MAX_LENGTH = 2000


def is_local_path(target: str) -> bool:
    r"""Whether every browser reads `target` as a path of this site.

    Browsers treat `\` as `/` and drop tabs and line breaks, so `/\evil` and `/<tab>/evil` leave the site.
    """
    if len(target) > _MAX_LENGTH or "\\" in target or not target.isprintable() or " " in target:
        return False
    if not target.startswith("/") or target.startswith("//"):
        return False
    return not any(urlsplit(target)[:2])


def local_or_home(target: str | None) -> str:
    """Return `target` if it is a path of this site, else the dashboard's."""
    return target if target and is_local_path(target) else HOME


def path_of(url: str | None) -> str | None:
    """Return path and query of a full URL of this site, such as a Referer."""
    parts = urlsplit(url or "")
    return parts._replace(scheme="", netloc="", fragment="").geturl() or None
