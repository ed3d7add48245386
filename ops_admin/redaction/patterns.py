"""Patterns of secrets and personal data. Pure.

Every repetition is bounded or possessive, so that the cost of a long line stays proportional to its length.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ops_admin.redaction.views import unpack

REDACTED = "[redacted]"


@dataclass(frozen=True)
class Rule:
    """A pattern, and the replacement for what it matches or for its `group`."""

    pattern: re.Pattern[str]
    replacement: str = REDACTED
    accepts: Callable[[re.Match[str]], bool] = lambda _: True
    group: int | str = 0


def _rule(pattern: str, replacement: str = REDACTED, flags: re.RegexFlag = re.I) -> Rule:
    return Rule(re.compile(pattern, flags), replacement)


def _is_basic(match: re.Match[str]) -> bool:
    return ":" in (unpack(match[1]) or "")


_WORD = re.compile(r"(?<![\w+/=~.-])(?=[\w+/=~.-]*\d|[\w+/=~.-]*[a-z][A-Z])[\w+/=~.-]{24,}")
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", re.I)
_READABLE = re.compile(
    r"[^\W\d_]?[a-zà-ž]{2,}|(?<![A-Za-z0-9])[A-Z]{2,12}(?![A-Za-z0-9])|(?<![A-Za-z0-9])[vV]?\d{1,4}(?![A-Za-z0-9])"
)
_SEPARATOR = re.compile(r"[+/=~._-]")


def opaque_words(text: str) -> list[tuple[int, int]]:
    """Return the positions of long words that look more like keys than names. UUIDs count as neither."""
    return [match.span() for match in _WORD.finditer(text) if is_opaque(match[0])]


def is_opaque(word: str) -> bool:
    """Whether a long word looks more like a key than a name: only a small part of it is readable."""
    rest = _UUID.sub("", word)
    letters = len(_SEPARATOR.sub("", rest))
    if letters < 20:
        return False
    readable = sum(len(part) for part in _READABLE.findall(rest) if len(part) > 2 or part.isupper() or part.isdigit())
    return readable < letters * 0.6


# Formats that are recognisable anywhere. The prefixes come from the issuers' documentation.
TOKENS = (
    _rule(r"(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|ANVA|APKA)[A-Z0-9]{12,128}", flags=re.A),  # AWS
    # AWS secret access keys: recognisable only by their length and appearance.
    Rule(re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/]{40}(?![\w+/=.-])", re.A), accepts=lambda match: is_opaque(match[0])),
    _rule(r"AIza[\w-]{20,128}|\bya29\.[\w-]{10,512}|GOCSPX-[\w-]{16,128}", flags=re.A),  # Google
    _rule(r"(?<![\w~.-])[\w.-]{3}\dQ~[\w~.-]{20,64}", flags=re.A),  # Entra client secret
    _rule(r"(?<![\w~.-])(?=[\w.-]{0,40}~)(?=[\w.~-]{0,40}\d)[\w.~-]{32,48}(?![\w~-])", flags=re.A),  # an older form
    # Entra authorisation codes and refresh tokens
    _rule(r"(?<![\w.])[01]\.A[A-Za-z0-9_-]{3}[\w.-]{20,4096}|\bM\.[CR]\d{1,4}_[\w.!*-]{10,4096}", flags=re.A),
    # Base64 keys: Azure storage, Service Bus, Cosmos DB
    _rule(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,512}+={1,2}(?![\w=])", flags=re.A),
    _rule(r"gh[pousr]_\w{16,255}|github_pat_\w{16,255}", flags=re.A),
    _rule(r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\w.-]{10,255}|GR1348941[\w-]{10,64}", flags=re.A),
    _rule(r"\bx(?:ox[a-z]|app)(?:\.xox[a-z])?-[\w-]{8,255}", flags=re.A),  # Slack
    _rule(r"hooks\.slack\.com/\S+|webhook\.office\.com/\S+|discord(?:app)?\.com/api/webhooks/\S+"),
    _rule(r"\b(?:sk|rk|pk)_(?:live|test)_\w{8,255}|\bwhsec_[\w+/=-]{8,255}", flags=re.A),  # Stripe
    _rule(r"\bnpm_\w{16,255}|\bpypi-[\w-]{16,512}|\bdckr_[a-z]{3}_[\w-]{16,64}", flags=re.A),
    _rule(r"\bsk-[\w-]{16,255}|\bhf_\w{16,64}", flags=re.A),  # OpenAI, Anthropic, Hugging Face
    _rule(
        r"\bSG\.[\w-]{10,64}\.[\w-]{10,64}|(?<!\w)(?:AC|SK)[0-9a-f]{32}(?!\w)|\b[0-9a-f]{32}-us\d{1,2}\b", flags=re.A
    ),
    _rule(
        r"\bhv[sbr]\.[\w-]{16,255}|\bdapi[0-9a-f]{32}|\bdo[opr]_v1_[0-9a-f]{32,64}|\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{16,64}"
        r"|\bsq0[a-z]{3}-[\w-]{16,64}|\bATATT3[\w=-]{16,255}|\bAGE-SECRET-KEY-1\w{16,64}",
        flags=re.A,
    ),
    _rule(r"(?<!\d)\d{8,10}:[\w-]{32,40}(?![\w-])", flags=re.A),  # Telegram
    _rule(r"\beyJ[\w-]+(?:\.[\w-]*){0,4}", flags=re.A),  # JWT, JWE
)

# Names that give a secret away. The one list of them, for texts and for settings.
_TELLING = (
    r"pass(?:word|wd|phrase|code)|(?<![a-z])pass(?![a-z])|(?-i:(?<=[a-z])Pass(?![a-z]))|pwd|psk|secret|token|credential"
    r"|cookie|authori[sz]ation|connection[-_. ]?string"
    r"|(?:api|account|access|functions|subscription|shared|master|encryption|private|storage|host)[-_. ]?key"
)

# A prefix such as "client_" is not needed to recognise the name and stays in the text.
_NAME = (
    rf"(?:{_TELLING}|sess(?:ion)?[-_ ]?id|signature|(?<![a-z])sig(?![a-z])|code_verifier"
    r"|assertion|estsauth|aspxauth)[\w.-]{0,64}+"
)
_QUOTED = r"\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)"
_BARE = r"[^\s;,&]++"
# Statements about a secret that contain none: "the token is missing", "password: required".
_SAID = (
    r"(?!\s*+[\"']?(?:a|an|the|no|not|now|too|also|only|being|been|still|missing|absent|required|optional|needed|invalid"
    r"|valid|wrong|incorrect|expired|empty|blank|null|none|unset|set|unknown|refused|rejected|accepted|revoked|disabled"
    r"|enabled|allowed|blocked|denied|used|longer|short|weak|out|minimum|maximum|min|max|length|complexity|never|always"
    r"|configured|changed|for|from|in|of|on|to|and|or|by|user|device|policy|protection|true|false|yes)(?![\w@:/=]))"
)
ADDRESS = _rule(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40)(?!odata\b)[\w-]{1,63}+(?:\.[\w-]{1,63}+)*+")
NAMED = (
    _rule(r"-{4,5}\s{0,4}BEGIN.*?(?:-{4,5}\s{0,4}END[^-\n]{0,80}-{4,5}|\Z)|PuTTY-User-Key-File-.*", flags=re.S),
    # A header is redacted to the end of its line: nothing in it is meant for a reader.
    _rule(r"\b(?:set-)?cookie2?[\"']?\s*[:=].*"),
    _rule(r"\b(?:proxy-|www-)?authori[sz]ation(?:[\"']?\s*[:=]|[\"']\s*,)(?!\s*(?:failed|denied|required)\b).*"),
    _rule(
        r"\b(?:bearer|negotiate|ntlm|sharedkey(?:lite)?|sharedaccesssignature)\s++(?=\S*?[\d_~+/=]|\S*?\.\w|\S{20})\S{4,}"
    ),
    # "Basic" is also an ordinary word; only in a header is it followed by a base64 name and password.
    Rule(re.compile(r"\bbasic\s++([\w+/-]{4,4096}+={0,2})", re.I | re.A), accepts=_is_basic),
    _rule(r"\b[a-z][a-z0-9+.-]{0,30}://[^\s/@:\"'<>]{0,128}+:[^\s\"'<>]{1,256}@\S*+"),
    _rule(r"\b[\w ]{1,40}+=[^;\s]{0,500}+(?:;[\w ]{1,40}+=[^;]*+)++;?"),
    _rule(r"(?<=[?&])(?:code|state|client_info|sig|key|nonce|id_token|sv|se|skoid|assertion)=[^&\s]++"),
    _rule(rf"<[\w:-]{{0,40}}?{_NAME}[^<>]{{0,100}}>[^<]++"),
    _rule(rf"(?<![\w-])--?[\w-]{{0,40}}?{_NAME}\s++(?!-)(?:{_QUOTED}|{_BARE})"),
    _rule(rf"{_NAME}[\"']?\]?\s*+(?:=>|==?)\s*+(?:{_QUOTED}|{_BARE})"),
    _rule(rf"{_NAME}[\"']?\]?\s*+:{_SAID}\s*+(?:{_QUOTED}|{_BARE})"),
    _rule(rf"{_NAME}[\"']\s*+,\s*+(?:{_QUOTED}|{_BARE})"),
    _rule(rf"{_NAME}\s+(?:is|was)\b{_SAID}\s*+(?:{_QUOTED}|{_BARE})"),
    ADDRESS,
    _rule(r"\"[^\"\s@]{1,30}(?: {1,4}[^\"\s@]{1,30}){0,4}\"@[\w.-]{1,253}"),
)

# Everything after the first sign of a traceback or JSON is cut: none of it is for a reader of the ledger.
PAYLOADS = (
    _rule(r"Traceback \(most recent call last\).*", "", re.S),
    _rule(r"[{\[]\s*\\*[\"'].*", "", re.S),
    _rule(r"https?://\S+", ""),
)

_SECRET_NAME = re.compile(rf"(?:{_TELLING})s?[\W_]*$", re.I)


def is_secret_name(name: str) -> bool:
    """Whether the value under `name` is a secret. The last word decides: "Wi-Fi password" is one.

    "password_minimum_length" is a rule about secrets, and not one itself.
    """
    return _SECRET_NAME.search(name) is not None
