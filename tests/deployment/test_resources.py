"""Templates, static files and migrations are found in a checkout and in an installed package alike."""

from pathlib import Path

import pytest

from ops_admin.resources import FOLDERS, folder_of_resources
from tests.support.sources import ROOT


def make_folders(place: Path) -> Path:
    for name in FOLDERS:
        (place / name).mkdir(parents=True)
    return place


def test_in_a_checkout_they_lie_beside_the_package() -> None:
    assert folder_of_resources() == ROOT


def test_in_an_installed_package_they_lie_inside(tmp_path: Path) -> None:
    package = make_folders(make_folders(tmp_path) / "ops_admin")
    assert folder_of_resources(package) == package


def test_half_of_them_is_none(tmp_path: Path) -> None:
    package = make_folders(tmp_path / "ops_admin")
    (package / FOLDERS[0]).rmdir()
    with pytest.raises(FileNotFoundError, match="install the console anew"):
        folder_of_resources(package)
