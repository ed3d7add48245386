"""No secret gets through the sanitiser and the log's filter, whatever hides it; honest sentences do (R7, R39)."""

import random
import time
from collections.abc import Callable

import pytest
from detect_secrets.core.scan import scan_line
from detect_secrets.settings import transient_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_admin.redaction import redact, sanitise, scrub_context
from ops_admin.redaction.patterns import REDACTED
from tests.security.reading import leaked
from tests.security.secrets import DISGUISES, HARMLESS, PEOPLE, SETTINGS, TOKENS, jwt, mixed

CLEANERS = (sanitise, redact)
Clean = Callable[[str], str]
Disguise = Callable[[str], str]

# Of another project: what it knows for a secret must be gone.
SCANNERS = [
    {"name": f"{name}Detector"}
    for name in (
        *("AWSKey", "AzureStorageKey", "BasicAuth", "DiscordBotToken", "GitHubToken", "GitLabToken", "JwtToken"),
        *("Mailchimp", "Npm", "OpenAI", "PrivateKey", "PypiToken", "SendGrid", "Slack", "SquareOAuth", "Stripe"),
        *("TelegramBotToken", "TwilioKey"),
    )
]

each_cleaner = pytest.mark.parametrize("clean", CLEANERS, ids=lambda clean: clean.__name__)
each_disguise = pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
dice = random.Random  # a seed for each case, so that a failure can be seen again


@each_cleaner
@each_disguise
def test_a_bare_token_is_taken_out(disguise: Disguise, clean: Clean) -> None:
    for name, make in TOKENS.items():
        token = make(dice(name))
        said = clean(f"The call failed with {disguise(token)} in run 5")
        assert leaked(token, said) is None, name
        assert said.startswith("The call failed with"), name


@each_cleaner
@each_disguise
def test_a_secret_is_taken_out_of_its_surroundings(disguise: Disguise, clean: Clean) -> None:
    for setting in SETTINGS:
        secret = mixed(dice(setting), 16)
        said = clean("The call failed: " + disguise(setting.format(secret)))
        assert leaked(secret, said) is None, setting
        assert said.startswith("The call failed"), setting


@each_cleaner
@each_disguise
def test_nobody_is_named(disguise: Disguise, clean: Clean) -> None:
    for form in PEOPLE:
        said = clean("The call failed for " + disguise(form.format("adelevance")))
        assert leaked("adelevance", said) is None, form


@each_cleaner
@pytest.mark.parametrize("line_break", ["\n", "\r\n    ", "\\n"])
def test_a_token_broken_in_two_lines_is_taken_out_whole(line_break: str, clean: Clean) -> None:
    # These two are told by their length alone; the half of one is nothing that anybody could know.
    for name in sorted(set(TOKENS) - {"aws secret key", "older entra client secret"}):
        token = TOKENS[name](dice(name))
        half = len(token) // 2
        said = clean(f"It failed with {token[:half]}{line_break}{token[half:]}")
        assert leaked(token, said) is None, name


@each_cleaner
@given(
    st.sampled_from(sorted(TOKENS)),
    st.sampled_from(SETTINGS),
    st.lists(st.sampled_from(sorted(DISGUISES)), max_size=2),
    st.text(max_size=40),
    st.integers(0, 2**32),
)
@settings(max_examples=60, deadline=None)
def test_no_mixture_of_them_gets_through(
    clean: Clean, name: str, setting: str, disguises: list[str], around: str, seed: int
) -> None:
    token = TOKENS[name](dice(seed))
    text = setting.format(token)
    for disguise in disguises:
        text = DISGUISES[disguise](text)
    assert leaked(token, clean(f"{around} {text} {around}")) is None


@each_cleaner
@each_disguise
def test_a_second_disguise_does_not_help(disguise: Disguise, clean: Clean) -> None:
    for name, second in DISGUISES.items():
        token = TOKENS["aws access key"](dice(name))
        text = second(disguise(f"client_secret: '{token}'"))
        assert leaked(token, clean(f"The call failed with {text} in run 5")) is None, name


@each_cleaner
@pytest.mark.parametrize("sentence", HARMLESS)
def test_an_honest_sentence_stays_as_it_is(sentence: str, clean: Clean) -> None:
    assert clean(sentence) == sentence


@each_cleaner
def test_a_scanner_for_secrets_finds_nothing_any_more(clean: Clean) -> None:
    with transient_settings({"plugins_used": SCANNERS}):
        for name, make in TOKENS.items():
            assert not list(scan_line(clean(f'key = "{make(dice(name))}"'))), name


def test_the_scanner_would_find_something() -> None:
    with transient_settings({"plugins_used": SCANNERS}):
        assert list(scan_line(f'key = "{jwt(dice(1))}"'))


def test_a_context_is_cleaned_at_every_depth_and_keeps_its_form() -> None:
    token = TOKENS["github token"](dice(1))
    kept = {"inputs": {"types": ["intents"], "all": True, "limit": 5, "nothing": None, "id": HARMLESS[14]}}
    hostile = {"a": [{"b": ({"c": f"used {token}"},)}], "client_secret": "hunter2", f"key {token}": 1}
    said = scrub_context({**kept, **hostile})
    assert said["inputs"] == kept["inputs"]
    assert leaked(token, str(said)) is None
    assert "hunter2" not in str(said)


@pytest.mark.parametrize(
    "name", ["connection_string", "Wi-Fi PSK", "preSharedKey", "storage-key", "Cookie", "wifiPass"]
)
def test_a_name_gives_a_secret_away_whatever_it_is_written_into(name: str) -> None:
    assert scrub_context({name: "hunter2"}) == {name: REDACTED}
    assert "hunter2" not in redact(f'{{"{name}": "hunter2"}}')


@pytest.mark.parametrize("name", ["passwordMinimumLength", "token_lifetime", "bypass", "compass", "keyboard"])
def test_a_name_that_only_resembles_one_gives_nothing_away(name: str) -> None:
    assert scrub_context({name: "12"}) == {name: "12"}


LONG = {
    "letters": "w",
    "words": "ab ",
    "equals": "a=",
    "dots": "a.",
    "ats": "a@a",
    "passwords": "password",
    "spaced passwords": "password : ",
    "colons": "a://:",
    "jwt": "eyJ.",
    "percents": "%25",
    "escapes": "\\u0025",
    "wide": "\N{FULLWIDTH LATIN CAPITAL LETTER A}",
    "invisible": "\N{ZERO WIDTH JOINER}",
    "braces": "{ ",
    "quotes": "\"'",
    "lines": "a\n",
    "pem": "-----BEGIN ",
    "base64": "QUFB",
    "tags": "<a",
    "flags": "--a-",
    "digits": "12345678:",
    "tildes": "a~",
    "semicolons": "a=b;",
    "bearers": "bearer ",
    "keys": "QUFB=",
    "hex": "41",
}


@each_cleaner
@pytest.mark.parametrize("piece", LONG.values(), ids=LONG.keys())
def test_a_text_of_four_times_the_length_costs_about_four_times_as_much(piece: str, clean: Clean) -> None:
    short, long = (seconds_for(clean, (piece * 20_000)[:size]) for size in (4_500, 18_000))
    assert long < max(short, 0.002) * 16, f"{short:.4f} s, then {long:.4f} s"


@each_cleaner
def test_a_text_of_a_megabyte_is_cut_before_it_is_read(clean: Clean) -> None:
    token = TOKENS["github token"](dice(1))
    for text in ("word " * 200_000 + token, "w" * 2**20, token * 30_000, "adele.vance@contoso.example " * 40_000):
        said = clean(text)
        assert len(said) <= 20_000
        assert leaked(token, said) is None
        assert "adele" not in said


@each_cleaner
@pytest.mark.parametrize("limit", [4_000, 20_000])
def test_half_a_secret_at_the_cut_is_not_left_over(clean: Clean, limit: int) -> None:
    token = TOKENS["github token"](dice(2))
    for shown in range(1, len(token) + 1, 6):
        said = clean("." * (limit - shown - 1) + " " + token + " and more")
        assert leaked(token[:12], said) is None


def seconds_for(clean: Clean, text: str) -> float:
    """The least of three measurements of this thread's own time: what others do on the machine does not count."""

    def once() -> float:
        begun = time.thread_time()
        clean(text)
        return time.thread_time() - begun

    return min(once() for _ in range(3))
