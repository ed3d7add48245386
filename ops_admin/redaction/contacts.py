"""What leads to a person's machine or phone: IP and MAC addresses, phone numbers (R7). Pure."""

import re
from collections.abc import Callable
from ipaddress import ip_address

from ops_admin.redaction.patterns import Rule

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
# Four small numbers after one of these are a version, or the number of a recommendation.
_NUMBERED = re.compile(
    r"(?:\b(?:v|ver|versions?|builds?|releases?|rev|revision|edition|firmware|baseline|update|minimum|maximum|min|max"
    r"|windows|macos|ios|ipados|android|linux|ubuntu|os|chrome|edge|firefox|office|outlook|teams|defender"
    r"|cis|stig|section|rule|item|control|recommendation)\b|[<>≤≥]=?|\(l\d\))[ .:]{0,3}$",
    re.I,
)
_LONGEST_NUMBERED = 20


def _is_no_version(match: re.Match[str]) -> bool:
    return not _NUMBERED.search(match.string, max(0, match.start() - _LONGEST_NUMBERED), match.start())


def _is_address(match: re.Match[str]) -> bool:
    """Whether the library takes it for one; "dead::beef", without a digit, is more likely a name in a program."""
    try:
        ip_address(match["address"])
    except ValueError:
        return False
    return any(letter.isdigit() for letter in match["address"])


_DATE = re.compile(r"\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})(?!\d)|\d{4}-\d\d-\d\d")


def _is_phone(least: int) -> Callable[[re.Match[str]], bool]:
    """Accept a number of at least so many digits that does not begin as a date does."""

    def accepts(match: re.Match[str]) -> bool:
        digits = sum(letter.isdigit() for letter in match["number"])
        return least <= digits <= 15 and not _DATE.match(match["number"])

    return accepts


def _rule(pattern: str, accepts: Callable[[re.Match[str]], bool] = lambda _: True, group: int | str = 0) -> Rule:
    return Rule(re.compile(pattern, re.A | re.I), accepts=accepts, group=group)


MACHINES = (
    _rule(
        rf"(?<![\w.])(?<![a-z]-){_OCTET}(?:\.{_OCTET}){{3}}(?:/\d{{1,2}})?(?::\d{{1,5}})?(?!\w|\.\d|-[a-z])",
        _is_no_version,
    ),
    _rule(
        r"(?<![\w:.])(?P<address>(?=[\da-f]{0,4}:[\da-f]{0,4}:)[\da-f:]{2,39}(?:(?<=:)\d[\d.]{6,14})?)"
        r"(?:%\w{1,15})?(?:/\d{1,3})?(?![\w:])",
        _is_address,
    ),
    _rule(r"(?<![\w:-])[\da-f]{2}([:-])[\da-f]{2}(?:\1[\da-f]{2}){4}(?![\w:-])"),  # of a network card
)

PHONES = (
    # +49 30 901820, 0049 (0)30 901820, +1-425-555-0100
    _rule(r"(?<![\w+./-])(?P<number>(?:\+|00)[1-9](?:[ ./()-]{0,3}+\d){7,14}+)(?!\w)", _is_phone(8)),
    # (425) 555-0100, 1-800-555-0199
    _rule(
        r"(?<![\w.+-])(?P<number>(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4})(?![\w-])",
        _is_phone(10),
    ),
    # 030 901820, 0171/1234567, (020) 7946 0958: neither counts nor ids begin with a zero
    _rule(
        r"(?<![\w.+/:-])(?P<number>(?:\(0[1-9]\d{0,4}\)|0[1-9]\d{0,4})(?:[ ./-]{1,2}+\d{1,10}+){1,5}+)(?![\w:])",
        _is_phone(9),
    ),
    _rule(r"(?<![\w.+/:-])(?P<number>0[1-9]\d{8,11})(?![\w:])", _is_phone(10)),
    # Whatever is called one: "tel. 555 0100", "mobilePhone": "5550100"
    _rule(
        r"\b(?:tele)?(?:phone|fon|fax|tel|mobile|mobil|cell|handy)(?:phones?|number)?(?: (?:no|nr|number))?\b"
        r"[\"']?[.:= #\[\"']{1,6}(?P<number>\+?\(?\d(?:[ ./()-]{0,3}+\d){4,14}+)(?!\w)",
        _is_phone(6),
        "number",
    ),
)
