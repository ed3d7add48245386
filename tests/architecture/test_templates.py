"""The Content-Security-Policy forbids inline scripts and styles; no template may need them (R38)."""

import re
from pathlib import Path

import pytest

from tests.support.sources import TEMPLATES

FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "event attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
    "htmx script attribute": re.compile(r"\shx-(on|vals=['\"]js)\b", re.IGNORECASE),
    "foreign address": re.compile(r"(src|href|action)=\"(https?:)?//", re.IGNORECASE),
}


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.*")), ids=lambda path: path.name)
def test_a_template_has_nothing_that_the_policy_blocks(path: Path) -> None:
    text = path.read_text()
    assert not [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]


@pytest.mark.parametrize("markup", ["<script>x", "<p style='x'>", "<b onclick=x>", "<a href=javascript:x>"])
def test_what_the_policy_blocks_is_recognised(markup: str) -> None:
    assert any(pattern.search(markup) for pattern in FORBIDDEN.values())
