"""Where a sign-in may send the browser afterwards: only to a page of this console (R38). Pure."""

from urllib.parse import urlsplit

HOME = "/"
_MAX_LENGTH = 2000


def is_local_path(target: str) -> bool:
    r"""Whether `target` names a path of this site, in every browser's reading of it.

    Browsers take `\` for `/` and drop tabs and line ends, so that `/\evil` and `/<tab>/evil` leave the site.
    """
    if len(target) > _MAX_LENGTH or "\\" in target or not target.isprintable() or " " in target:
        return False
    if not target.startswith("/") or target.startswith("//"):
        return False
    return not any(urlsplit(target)[:2])


def local_or_home(target: str | None) -> str:
    """Return `target` when it is a path of this site, else the dashboard."""
    return target if target and is_local_path(target) else HOME


def path_of(url: str | None) -> str | None:
    """Return path and query of a full address of this site, such as a Referer."""
    parts = urlsplit(url or "")
    return parts._replace(scheme="", netloc="", fragment="").geturl() or None
