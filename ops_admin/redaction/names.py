"""Names of people (R7). Pure.

A name cannot be told from other words by its look. So two things are looked for: the names that the console knows, and
capitalised words where a person is spoken of ("user John Smith", "owner: Jane Doe"). What the trade itself says in such
a place ("User Rights", "Device Owner Enrollment") is in `vocabulary` and stays.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from ops_admin.redaction.patterns import ADDRESS, Rule
from ops_admin.redaction.vocabulary import WORDS

_NO_NAME = rf"(?!(?:{'|'.join(WORDS)}|[A-Z]{{3,}})\b)"
_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĖĘĚĞĠĢĤĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŴŶŹŻŽ"
_APOSTROPHE = r"['\u2019]"
_WORD = rf"{_NO_NAME}(?<![\w'.-])[{_UPPER}](?:\.|(?:\w|-|{_APOSTROPHE}){{0,30}}+)"
_PARTICLES = r"(?:(?:de|da|di|du|del|dos|van|von|vom|zu|der|den|ter|la|le|bin|al)\s){0,2}"
_MORE = rf"(?:\s{{1,2}}{_PARTICLES}{_WORD})"
_OPENED, _CLOSED = r"[\"'\u201c\u201e\u2018\u00ab]", r"\"'\u201d\u201c\u2019\u00bb"
_QUOTED = rf"{_OPENED}{{1,2}}(?P<name>[^\W\d_](?:[^{_CLOSED}\n]|(?<=\w){_APOSTROPHE}(?=\w)){{1,80}}+)[{_CLOSED}]"

_PERSON = "user|owner|member|manager|initiator|approver|request[eo]r|employee|assignee|sponsor|administrator|contact"
_DONE_BY = (
    r"(?:created|modified|changed|edited|deleted|started|requested|approved|owned|reported|locked|signed in) by"
    r"|on behalf of|(?:signed in|logged [io]n) as"
)
_FIELD = (
    r"(?:user|owner|given|sur|family|last|first|login|account|sam|full)[ _-]?(?:display[ _-]?)?name|login|upn"
    r"|samAccountName"
)
_ANY = rf"{_PERSON}|{_DONE_BY}|{_FIELD}"
# What is said of a person, and is no name: "user: required", "owner: none".
_SAID = (
    r"(?!(?:a|an|the|no|not|none|null|unknown|missing|required|optional|invalid|empty|is|was|has|does|did|and|or|of|in"
    r"|on|true|false|yes|all|any|assigned|unassigned|licen[cs]ed|enabled|disabled|deleted|managed|driven|friendly)\b)"
)
_ID = re.compile(r"[\da-f]{8}-|[/:#{}]", re.I)


def _is_no_id(match: re.Match[str]) -> bool:
    return re.match(_NO_NAME, match["name"]) is not None and not _ID.search(match["name"])


def _rule(pattern: str, accepts: Callable[[re.Match[str]], bool] = lambda _: True) -> Rule:
    return Rule(re.compile(pattern), accepts=accepts, group="name")


@cache
def spoken_of() -> tuple[Rule, ...]:
    """Return the rules that find whoever is spoken of as a person.

    They are compiled when they are first needed: that takes a tenth of a second, which not every command has to spend.
    """
    return (
        # user John Smith, member Jane
        _rule(rf"\b(?:{_PERSON})\s{{1,2}}(?P<name>{_WORD}{_MORE}{{0,3}})"),
        # User John Smith: at the beginning of a sentence, or of the name of a policy, one word is too little to go by
        _rule(rf"\b(?i:{_PERSON})\s{{1,2}}(?P<name>{_WORD}{_MORE}{{1,3}})"),
        _rule(rf"\b(?i:{_DONE_BY})\s{{1,2}}(?P<name>{_WORD}{_MORE}{{0,3}})"),
        # user 'John Smith'
        _rule(rf"\b(?i:{_ANY})\s{{0,2}}[:=]?\s{{0,2}}{_QUOTED}", _is_no_id),
        # user CONTOSO\jdoe
        _rule(rf"\b(?i:{_PERSON}|account)\s{{1,2}}(?P<name>[\w.-]{{1,40}}+\\{{1,2}}[\w.$-]{{1,40}}+)"),
        # owner: Jane Doe, userName=jdoe
        _rule(
            rf"\b(?i:{_ANY})[\"']?\s{{0,2}}[:=]\s{{0,2}}"
            rf"(?P<name>{_WORD}{_MORE}{{0,3}}|{_NO_NAME}(?i:{_SAID})[^\W\d_][\w\\.-]{{1,60}}+(?![:=]))"
        ),
        _rule(rf"\b(?:Mr|Mrs|Ms|Dr|Herr|Frau)\.?\s{{1,2}}(?P<name>{_WORD}{_MORE}{{0,3}})"),
        # Jane Doe <jane@contoso.com>
        _rule(rf"(?P<name>{_WORD}{_MORE}{{1,3}})\s{{0,2}}[<(\[]{{1,2}}(?:{ADDRESS.pattern.pattern})"),
    )


_KNOWN_WORDS = frozenset(word.casefold() for word in WORDS)
_LETTERS = re.compile(r"\w+")
_BETWEEN = r"[\W_]{1,3}"
# A name neither begins nor ends in the middle of a word; scripts that write without spaces do not tell where that is.
_DENSE = r"\u2e80-\u9fff\uac00-\ud7ff"
_BEFORE = rf"(?:(?<![^\W_{_DENSE}])|(?=[{_DENSE}]))"
_AFTER = rf"(?:(?![^\W_{_DENSE}])|(?<=[{_DENSE}]))"


@lru_cache(maxsize=8)
def rules_for(names: frozenset[str]) -> tuple[Rule, ...]:
    """Return the rules that find these names of people: "Adele Vance", also as "Vance, Adele" and "adele.vance".

    A name of one word is looked for as it is written. Names that the trade itself uses ("Owner", "IT Support") are not.
    """
    several = {form for name in names for form in _forms(name)}
    single = {re.escape(words[0]) for name in names if len(words := _words(name)) == 1}
    written = [(several, re.IGNORECASE), (single, re.NOFLAG)]
    return tuple(Rule(_any_of(forms, flag)) for forms, flag in written if forms)


def _any_of(forms: set[str], flag: re.RegexFlag) -> re.Pattern[str]:
    # The longest first: "Anna Maria Weber" is not to be left with a "Weber".
    return re.compile(f"{_BEFORE}(?:{'|'.join(sorted(forms, key=len, reverse=True))}){_AFTER}", flag)


def _forms(name: str) -> Iterator[str]:
    """Return a name of several words in both orders, with and without its accents and what stands in brackets."""
    for text in {name, re.sub(r"\([^)]*\)", " ", name)}:
        for spelling in {text, _without_accents(text)}:
            words = [re.escape(word) for word in _words(spelling)]
            if len(words) > 1:
                yield _BETWEEN.join(words)
                yield _BETWEEN.join([words[-1], *words[:-1]])


def _words(name: str) -> list[str]:
    """Return the words of a name; none when there is nothing in it that could be a person's."""
    words = _LETTERS.findall(name)
    is_telling = any(len(word) > 1 and not word.isdigit() and word.casefold() not in _KNOWN_WORDS for word in words)
    return words if is_telling else []


def _without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) != "Mn")
