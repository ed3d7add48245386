"""Every cited rule can be looked up: docs/rules.md has each number once, docs/glossary.md each word once."""

import configparser
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tests.support.sources import ROOT

CITED = re.compile(r"\bR([1-9][0-9]{0,2})\b")
RULE = re.compile(r"^\*\*R([0-9]+)[. ]", re.MULTILINE)
RANGE = re.compile(r"\bR([0-9]+) to R([0-9]+)\b")
FOLDERS = ("ops_admin", "tests", "bench", "migrations", "templates", "static/js", "docs", "deploy", "scripts")
KINDS = {".py", ".html", ".js", ".css", ".md", ".sh", ""}


def rules() -> list[int]:
    return [int(number) for number in RULE.findall((ROOT / "docs" / "rules.md").read_text())]


def cited_in(path: Path) -> set[int]:
    text = path.read_text()
    between = (range(int(first), int(last) + 1) for first, last in RANGE.findall(text))
    return {int(number) for number in CITED.findall(text)} | set(chain.from_iterable(between))


def readable_files() -> Iterator[Path]:
    roots = (ROOT / name for name in FOLDERS)
    yield from (path for root in roots for path in root.rglob("*") if path.is_file() and path.suffix in KINDS)
    yield from ROOT.glob("*.md")


def test_every_rule_that_is_cited_is_written_down() -> None:
    known = set(rules())
    unknown = {path.relative_to(ROOT).as_posix(): cited_in(path) - known for path in readable_files()}
    assert not {path: numbers for path, numbers in unknown.items() if numbers}


def test_every_rule_has_a_number_of_its_own() -> None:
    assert rules() == sorted(set(rules()))


def test_many_rules_are_cited_at_all() -> None:
    """Guards the search above, which would otherwise pass by finding nothing."""
    assert len(set().union(*map(cited_in, readable_files()))) > 50


def test_the_glossary_says_each_word_once() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    words = [word.strip() for row in rows[1:] for word in row.split(",")]
    assert len(words) > 60
    assert sorted(words) == sorted(set(words))


def test_the_document_that_explains_the_layers_lists_those_that_are_checked() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    checked = config["importlinter:contract:layers"]["layers"].split("\n")
    document = (ROOT / "docs" / "adr" / "0001-layout-and-import-contracts.md").read_text()
    listed = document.partition("```\n")[2].partition("```")[0].strip().split("\n")
    assert [re.sub(r" {2,}.*", "", line) for line in listed] == [line.strip() for line in checked if line.strip()]
