"""Nobody can be recognised in a stored failure message, and what is no person stays readable (R7)."""

import ast
import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ops_admin.graph.resources import POLICY_TYPES
from ops_admin.redaction import _personal, names, sanitise
from ops_admin.redaction.contacts import MACHINES, PHONES
from ops_admin.redaction.names import spoken_of
from ops_admin.redaction.vocabulary import WORDS
from ops_admin.runs import failures
from ops_admin.runs.catalog import catalog
from ops_admin.simulator.demo.contoso import contoso_documents
from tests.security.reading import readings
from tests.security.secrets import DISGUISES
from tests.simulator.test_corpus import FOLDER, decoded, needs_corpus
from tests.support.sources import PACKAGE

# What must not be readable any more, and sentences with it.
GONE: dict[str, tuple[str, ...]] = {
    "10.0.0.5": ("The request from {} was refused", "{}:443 refused", "({}/24)", "{}.", "from {}-10.0.0.9", "ip={}"),
    "192.168.1.254": ("https on {} timed out", "[{}]", "host '{}'", "Named location {} is in use"),
    "2001:db8::1": ("server {} refused", "[{}]:443", "{}/64", "{}%eth0 is down"),
    "2001:0db8:85a3:0000:0000:8a2e:0370:7334": ("{} is gone",),
    "::ffff:192.0.2.128": ("from {} at 10:42:07",),
    "00:1A:2B:3C:4D:5E": ("device {} is gone",),
    "+49 30 901820": ("call {} now", "({})", "{}, please"),
    "0049 (0)30 901820": ("call {}",),
    "+1-425-555-0100": ("call {}.",),
    "(425) 555-0100": ("or {}",),
    "1-800-555-0199": ("hotline {}",),
    "0171/1234567": ("mobil {}",),
    "(020) 7946 0958": ("in London {}",),
    "06 12 34 56 78": ("à Paris {}",),
    "01711234567": ("at {}!",),
    "555 0100": ("tel. {}", "Phone: {}", '"mobilePhone":"{}"', "fax no {}"),
    "John Smith": (
        *("user {} was not found", "User {} was not found", "The user {}.", "user '{}' is gone", 'User "{}" is gone'),
        *("user “{}” is gone", "owner: {}", "Owner: {}, device 5", "owner={}", "userDisplayName: {}", "member {} left"),
        *("created by {} on Monday", "on behalf of {}, who left", "Mr. {} called", "{} <js@contoso.example> sent it"),
        *("{} (js@contoso.example)", "manager {} did not approve", "Approved by {}", "the policy owned by {} stays"),
    ),
    "Hans-Peter van der Berg": ("the initiator {} left", "requested by {}"),
    "Conan O'Brien": ("user {} left", "user '{}' left"),
    "Łukasz Żak": ("user {} left",),
    "A. Dumas": ("contact {}",),
    "Smith": ("Dr. {}", "the user {} left"),
    "jdoe": ("user: {}", "login={}", "user '{}'", "samAccountName: {}", r"user CONTOSO\{}"),
}

STAYS = (
    *("Baseline 2.1 Windows", "policy 'Baseline 2.1 Windows' could not be read", "Win-Baseline-1.2.3.4", "v1.2.3.4"),
    *("displayName 'Baseline 2.1 Windows' is already in use", "Baseline 2.1.0.4 Windows", "version 1.2.3.4 is too old"),
    *("Windows 10.0.19041.1 is too old", "Windows 10.0.10.5", "iOS 17.5.1", ">= 10.0.2.1", "CIS 18.9.47.5 - Ensure"),
    *("OID 1.3.6.1.4.1.311.21", "3.1.1 of 5.2", "1.2.3.4-beta", "It ended at 10:42:07", "10:42", "00:10:42 in all"),
    *("2026-01-02T03:00:00+00:00", "on 2026-11-21 03:00:00.123", "on 01.02.2026 18 policies failed"),
    *(
        "on 01/02/2026 10",
        "Group 47a05d5e-c86b-45d3-99e4-ab449a09af04 was not found",
        "in 00000003-0000-0000-c000-000000000000",
    ),
    *("user 47a05d5e-c86b-45d3-99e4-ab449a09af04 has no license", 'user "47a05d5e-c86b-45d3-99e4-ab449a09af04"'),
    *("run 1234567890 of 2000000", "3 of 18, 100 %", "1 234 567 devices", "HTTP 429 after 3 tries", "0x80070005"),
    *("Windows Phone 8.1 policy", "Phone 14 policies", "Setting 4b219836-f2b1-46c6-954d-4cd2f4128676_1"),
    *("User Rights Assignment was not read", "Device Owner Enrollment profile", "User Account Control: Standard"),
    *("Win - OIB - ES - User Experience - D", "Settings catalog: User Experience Virtualization", "Members Only"),
    *("The user is missing", "user: required", "owner: none", "Users: 5 of 18", "the owner of the policy", "All Users"),
    *("started by System", "Local Administrator Password Solution", "member Servers", "the Windows user profile"),
    *("std::string", "Class::add", "a::b", "dead::beef"),
)

# Names as consoles know them, and texts that keep nothing of them; the last one is Chinese.
KNOWN = (
    *("Adele Vance", "Jörg Müller", "Anna-Lena von der Heide", "Vance, Diego", "Nestor Wilke (Contoso)", "Björk"),
    "\u674e\u5c0f\u9f99",
)
KNOWN_GONE = (
    *(
        "Adele Vance may not do this",
        "ADELE VANCE",
        "Vance, Adele",
        "adele.vance",
        "Adele\n  Vance",
        "Adele Vance's PC",
    ),
    *("Jörg Müller", "Jorg Muller", "Jo\N{COMBINING DIAERESIS}rg Mu\N{COMBINING DIAERESIS}ller", "Laptop-Jörg-Müller"),
    *("Anna-Lena von der Heide left", "Diego Vance", "Nestor Wilke", "Nestor Wilke (Contoso)", "for Björk"),
    "Adele Vance's PC",
    "\u7528\u6237\u674e\u5c0f\u9f99\u4e0d\u5b58\u5728",
)
# Whoever is called what a role or the trade is called is not told from it.
NO_NAMES = ("Owner", "IT Support", "System", "Operator", "Intune Admin", "User 4", "X")


# The first pattern of a kind takes long to compile.
unhurried = settings(deadline=None)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.parametrize("personal", GONE)
def test_nobody_is_recognised(personal: str) -> None:
    for sentence in GONE[personal]:
        said = sanitise(f"It failed: {sentence.format(personal)}")
        assert personal not in said, sentence
        assert said.startswith("It failed"), sentence


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_no_disguise_gets_anybody_through(disguise: Callable[[str], str]) -> None:
    for text in ("call from 192.168.100.254", "user John Smithson", "+49 30 90182000", "Adele Vance is gone"):
        said = sanitise("It failed " + disguise(text), KNOWN)
        for piece in ("192.168.100.254", "Smithson", "90182000", "Adele Vance"):
            assert not any(piece.casefold() in reading.casefold() for reading in readings(said)), said


@pytest.mark.parametrize("sentence", STAYS, ids=map(str, range(len(STAYS))))
def test_what_is_no_person_stays(sentence: str) -> None:
    assert sanitise(sentence) == sentence


@pytest.mark.parametrize("text", KNOWN_GONE)
def test_a_name_that_the_console_knows_is_taken_out_wherever_it_stands(text: str) -> None:
    said = sanitise(f"It failed: {text}", KNOWN)
    assert not re.search("adele|vance|m(ü|u)ller|heide|diego|wilke|björk|\u674e", said, re.IGNORECASE)


def test_a_name_of_one_word_is_known_only_as_it_is_written() -> None:
    assert sanitise("the max of 5", {"Max"}) == "the max of 5"
    assert sanitise("Maxine and Max", {"Max"}) == "Maxine and [redacted]"


@pytest.mark.parametrize("name", NO_NAMES)
def test_whoever_has_a_role_for_a_name_takes_no_word_out(name: str) -> None:
    sentence = f"The {name} policy of 4 devices"
    assert sanitise(sentence, {name}) == sentence


def test_a_long_message_ends_with_a_whole_word() -> None:
    """Half a name is not known for one by whoever sanitises the message again, with more names."""
    for length in range(150, 200):
        assert sanitise("x" * length + " Adele Vance left").endswith(("x…", " Adele…", " Vance…", " left"))


def test_a_message_has_at_most_two_hundred_letters() -> None:
    lengths = {length: len(sanitise(("word " * 60)[: length - 1] + "x")) for length in range(195, 210)}
    assert {length: lengths[length] for length in range(195, 201)} == {length: length for length in range(195, 201)}
    assert max(lengths.values()) == 200


@unhurried
@given(st.ip_addresses(v=4), st.sampled_from(["from {}", "{}:8443 is closed", "({})", "{}, twice"]))
def test_no_address_of_version_4_survives(address: IPv4Address, sentence: str) -> None:
    assert str(address) not in sanitise(sentence.format(address))


@unhurried
@given(st.ip_addresses(v=6), st.sampled_from(["from {}", "[{}]:8443 is closed", "({})", "{}, twice"]), st.booleans())
def test_no_address_of_version_6_survives(address: IPv6Address, sentence: str, long: bool) -> None:
    written = address.exploded if long else address.compressed
    assume(any(letter.isdigit() for letter in written) and written.count(":") > 1 and len(written) > 2)
    assert written not in sanitise(sentence.format(written))


@unhurried
@given(st.integers(1, 99), st.integers(0, 99), st.integers(256, 99_999), st.integers(0, 9_999))
def test_a_number_of_a_build_stays(major: int, minor: int, build: int, revision: int) -> None:
    sentence = f"Windows {major}.{minor}.{build}.{revision} or later"
    assert sanitise(sentence) == sentence


@unhurried
@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)))  # noqa: DTZ001  # made aware below
def test_a_moment_stays(moment: datetime) -> None:
    for written in (moment.replace(tzinfo=UTC).isoformat(), f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment:%d.%m.%Y %H:%M}"):
        assert sanitise(f"It failed at {written}") == f"It failed at {written}"


@unhurried
@given(st.uuids(), st.integers(0, 10**12), st.integers(0, 10**7))
def test_ids_and_counts_stay(uuid: object, run_id: int, count: int) -> None:
    sentence = f"run {run_id}: policy {uuid} has {count} of {count + 1} settings"
    assert sanitise(sentence) == sentence


@unhurried
@given(
    st.sampled_from(["+{}{} {}", "00{}{} {}", "+{}-{}-{}", "+{} ({}) {}"]),
    st.integers(1, 999),
    st.integers(10, 999),
    st.integers(100_000, 9_999_999),
)
def test_no_international_number_survives(form: str, country: int, area: int, number: int) -> None:
    assert str(number) not in sanitise("call " + form.format(country, area, number))


# A person whose name is one of these is taken for what it means.
TITLES = re.compile(names._ANY, re.IGNORECASE)
NAMES = (
    st.text("abcdefghijklmnopqrstuvwxyzäöüéèñøåšž", min_size=3, max_size=10)
    .map(str.capitalize)
    .filter(lambda name: name not in WORDS and not TITLES.fullmatch(name))
)


@unhurried
@given(NAMES, NAMES, st.sampled_from([" ", ", ", ".", "_", "-"]), st.booleans(), st.booleans())
def test_no_known_name_survives_in_any_writing(first: str, last: str, between: str, turned: bool, loud: bool) -> None:
    written = between.join((last, first) if turned else (first, last))
    said = sanitise(f"0 of 4 were done for {written.upper() if loud else written} today", {f"{first} {last}"})
    assert said == "0 of 4 were done for [redacted] today"


@unhurried
@given(NAMES, NAMES, st.sampled_from(["user", "owner", "member", "created by", "on behalf of"]))
def test_nobody_who_is_spoken_of_survives(first: str, last: str, spoken: str) -> None:
    said = sanitise(f"4 devices of {spoken} {first} {last}: failed")
    assert said == f"4 devices of {spoken} [redacted]: failed"


def test_everything_that_the_product_says_itself_stays(app: Flask) -> None:
    """Explanations, labels, and every text in any template or message, whatever becomes part of a failure."""
    with app.test_request_context():
        own = {failures.explain(code) for code in failures._explanations}
        own |= {str(operation.label) for operation in catalog} | {policy_type.label for policy_type in POLICY_TYPES}
    texts = own | messages()
    assert len(texts) > 1000
    assert not [text for text in texts if taken_out(text)]


def test_every_name_in_the_demo_stays() -> None:
    policies = [policy for documents in contoso_documents().values() for policy in documents]
    names = {str(policy.get("displayName") or policy.get("name")) for policy in policies}
    assert len(names) > 40
    assert not [name for name in names if taken_out(f"Settings catalog: {name}")]


@needs_corpus
def test_every_name_and_nearly_every_value_of_exported_policies_stays() -> None:
    """Measured on 217 policies: of 10,400 texts one is taken out, which is an address."""
    documents = [decoded(path) for path in sorted(Path(FOLDER).glob("*/*.json"))]
    names = [document.get("displayName") or document.get("name") for document in documents]
    assert len(names) > 200
    assert not [name for name in names if taken_out(name)]
    texts = {text for document in documents for text in texts_of(document) if len(text) < 1500}
    assert {text for text in texts if taken_out(text)} <= {"192.168.1.89"}


def taken_out(text: str) -> bool:
    """Whether the rules for people take anything out: those for secrets are the matter of test_redaction."""
    # Addresses of the web go with another rule.
    text = re.sub(r"https?://\S+", "", text)
    return any(_personal(text, (*MACHINES, *PHONES, *spoken_of())))


def messages() -> set[str]:
    """Every English text that is marked for translation."""
    catalogue = (PACKAGE / "translations" / "messages.pot").read_text()
    blocks = re.findall(r"^msgid(?:_plural)? ((?:\".*\"\n)+)", catalogue, re.MULTILINE)
    return {"".join(ast.literal_eval(line) for line in block.splitlines()) for block in blocks}


def texts_of(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for each in inner for text in texts_of(each)}
