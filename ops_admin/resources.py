"""Where templates, static files and migrations are: beside the package in a checkout, inside it in a wheel (R87)."""

from importlib.resources import files
from pathlib import Path

FOLDERS = ("migrations", "static", "templates")


def folder_of_resources(package: Path | None = None) -> Path:
    """Return the folder that holds the FOLDERS; raises FileNotFoundError when neither place has them all.

    `package` is the folder of the package; None asks Python for it.
    """
    package = package or Path(str(files(__package__)))
    for place in (package, package.parent):
        if all((place / name).is_dir() for name in FOLDERS):
            return place
    raise FileNotFoundError(f"{', '.join(FOLDERS)} are neither in {package} nor beside it: install the console anew")
