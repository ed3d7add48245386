"""Secrets in the formats of their issuers, made up anew for each test, and what hides them from a simple pattern.

Nothing here looks like a secret as it stands: each is put together when a test asks, so that scanners of this
repository find none, and so that a rule cannot pass by knowing the examples.
"""

import base64
import random
import string
from collections.abc import Callable
from urllib.parse import quote

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = string.hexdigits[:16]
URLSAFE = ALNUM + "-_"

Dice = random.Random


def some(dice: Dice, letters: str, length: int) -> str:
    """Return `length` random letters, with at least one digit and one letter among them."""
    return "".join(dice.choice(letters) for _ in range(length - 2)) + dice.choice("abcdef" * 2 + "ABCDEF") + "7"


def mixed(dice: Dice, length: int) -> str:
    """Return letters of either case and digits."""
    return some(dice, ALNUM, length - 3) + "aZ4"


def b64(dice: Dice, size: int) -> str:
    """Return `size` random bytes in base64."""
    return base64.b64encode(dice.randbytes(size)).decode()


def jwt(dice: Dice) -> str:
    """Return three parts that look like a signed token."""
    parts = ('{"typ":"JWT","alg":"RS256"}', '{"aud":"00000003","upn":"adele"}')
    head = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join([*head, some(dice, URLSAFE, 64)])


# A bare token: it stands alone in a text, and must go wherever it stands, in the log as well.
TOKENS: dict[str, Callable[[Dice], str]] = {
    "aws access key": lambda d: "AKIA" + some(d, UPPER, 16).upper(),
    "aws session key": lambda d: "ASIA" + some(d, UPPER, 16).upper(),
    "aws secret key": lambda d: mixed(d, 40),
    "google api key": lambda d: "AIza" + some(d, URLSAFE, 35),
    "google oauth token": lambda d: "ya29." + some(d, URLSAFE, 60),
    "google client secret": lambda d: "GOCSPX-" + some(d, URLSAFE, 28),
    "entra client secret": lambda d: some(d, ALNUM, 3) + "8Q~" + some(d, URLSAFE + "~.", 34),
    "older entra client secret": lambda d: some(d, ALNUM, 8) + "~" + some(d, ALNUM, 27),
    "entra refresh token": lambda d: "0.AXo" + some(d, URLSAFE, 90),
    "azure storage key": lambda d: b64(d, 64),
    "service bus key": lambda d: b64(d, 32),
    "github token": lambda d: "ghp_" + some(d, ALNUM, 36),
    "github fine-grained token": lambda d: "github_pat_" + some(d, ALNUM, 22) + "_" + some(d, ALNUM, 59),
    "github app token": lambda d: "ghs_" + some(d, ALNUM, 36),
    "gitlab token": lambda d: "glpat-" + some(d, URLSAFE, 20),
    "slack bot token": lambda d: f"xoxb-{d.randrange(10**11)}-{d.randrange(10**12)}-" + some(d, ALNUM, 24),
    "stripe key": lambda d: "sk" + "_live_" + some(d, ALNUM, 24),
    "stripe webhook secret": lambda d: "whsec" + "_" + some(d, ALNUM, 32),
    "npm token": lambda d: "npm_" + some(d, ALNUM, 36),
    "pypi token": lambda d: "pypi-" + "AgEIcHlwaS5vcmc" + some(d, URLSAFE, 70),
    "openai key": lambda d: "sk-" + "proj-" + some(d, ALNUM, 48),
    "sendgrid key": lambda d: "SG." + some(d, URLSAFE, 22) + "." + some(d, URLSAFE, 43),
    "twilio key": lambda d: "SK" + some(d, HEX, 32).lower(),
    "mailchimp key": lambda d: some(d, HEX, 32).lower() + "-us12",
    "vault token": lambda d: "hvs." + some(d, URLSAFE, 30),
    "databricks token": lambda d: "dapi" + some(d, HEX, 32).lower(),
    "digitalocean token": lambda d: "dop_v1_" + some(d, HEX, 64).lower(),
    "telegram bot token": lambda d: f"{d.randrange(10**8, 10**9)}:" + some(d, URLSAFE, 35),
    "jwt": jwt,
}

# A secret in its surroundings: `{}` is what must not be found again, the rest may stay.
SETTINGS = (
    "password={}",
    'password="{}"',
    "client_secret: '{}'",
    "Client-Secret => {}",
    "the password is {}",
    '"access_token":"{}"',
    r"\"refresh_token\": \"{}\"",
    r"{{\"error\":{{\"message\":\"{{\\\"password\\\":\\\"{}\\\"}}\"}}}}",
    "Authorization: Bearer {}",
    "authorization: Basic {}",
    'Authorization: Digest username="x", response="{}"',
    "('Authorization', 'Bearer {}')",
    "Cookie: a=1; session={}; b=2",
    "Set-Cookie: ops_admin_session={}; HttpOnly; Path=/",
    "X-Api-Key: {}",
    "x-functions-key: {}",
    "Ocp-Apim-Subscription-Key: {}",
    "https://user:{}@host.example/path",
    "postgresql+psycopg://console:{}@db.internal:5432/ledger",
    "redis://:{}@cache.internal/0",
    "amqps://user:{}@broker.internal//",
    "mongodb+srv://user:{}@cluster.example.net/?retryWrites=true",
    "Server=tcp:db.example.net,1433;Database=x;User ID=sa;Password={};Encrypt=True",
    "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey={};EndpointSuffix=core.windows.net",
    "Endpoint=sb://contoso.example.net/;SharedAccessKeyName=Root;SharedAccessKey={}",
    "https://contoso.blob.core.windows.net/c?sv=2024-11-04&se=2026-11-21&sr=c&sp=rl&sig={}",
    "SharedAccessSignature sr=contoso&sig={}&se=1700000000&skn=root",
    "https://login.example/common/oauth2/v2.0/authorize?code={}&state=1",
    "--client-secret {}",
    "<password>{}</password>",
    "<wifi:sharedKey>{}</wifi:sharedKey>",
    "password:\n    {}",
    "pwd = {}",
    "PHPSESSID={}",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n{}",
    "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
    "PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n{}",
    "hooks.slack.com/services/{}",
    "contoso.webhook.office.com/webhookb2/{}",
)

PEOPLE = (
    "{}@contoso.onmicrosoft.com",
    "{}_contoso.com#EXT#@fabrikam.onmicrosoft.com",
    "<{}@münchen.example>",
    "mailto:{}@contoso.example",
    "{}@corp",
    '"{} vance"@contoso.example',
)


def _every_letter(text: str, code: Callable[[int], str]) -> str:
    return "".join(code(ord(letter)) for letter in text)


def _wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


# The letters of the Cyrillic alphabet that look like a, e, o, p, c, y and x.
CYRILLIC = str.maketrans("aeopcyx", "\u0430\u0435\u043e\u0440\u0441\u0443\u0445")

# What hides a secret from whoever looks for its letters, and not from whoever wants to use it.
DISGUISES: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "zero-width joiners": "\N{ZERO WIDTH JOINER}".join,
    "zero-width spaces": "\N{ZERO WIDTH SPACE}".join,
    "right-to-left marks": lambda text: "\N{RIGHT-TO-LEFT MARK}" + "\N{RIGHT-TO-LEFT MARK}".join(text),
    "soft hyphens": "\N{SOFT HYPHEN}".join,
    "full-width letters": _wide,
    "odd spaces": lambda text: text.replace(" ", "\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}"),
    "cyrillic letters": lambda text: text.translate(CYRILLIC),
    "percent-encoded": lambda text: quote(text, safe=""),
    "percent-encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "every letter percent-encoded": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "json escapes": lambda text: _every_letter(text, "\\u{:04x}".format),
    "html entities": lambda text: _every_letter(text, "&#{};".format),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hex": lambda text: text.encode().hex(),
}

# What an administrator must be able to read.
HARMLESS = (
    "The CSRF token is missing",
    "The CSRF token is missing.",
    "The session token has expired",
    "The password is required",
    "Password: required",
    "A password was not set",
    "Basic authentication is blocked",
    "Bearer authentication was refused",
    "Bearer token.",
    "The cookie policy blocks third parties",
    "Device compliance policies: 3 of 18 failed",
    "Der Mandant „Contoso“ antwortet nicht",
    "Le jeton a expiré à 10:42",
    "Settings catalog: policy 47a05d5e-c86b-45d3-99e4-ab449a09af04 could not be read",
    "Group 47a05d5e-c86b-45d3-99e4-ab449a09af04 was not found in tenant b8e0a4d6-2f13-4e7b-8a9c-1d2e3f405162",
    "Setting 4b219836-f2b1-46c6-954d-4cd2f4128676_1 is not known",
    "Win - OIB - Defender Antivirus - D - AV Configuration - v3.1",
    "Win-OIB-ES-Defender-AV-D-24H2-v3.1-Configuration",
    "MacOS-Baseline-v2.0.1-FileVault-Encryption",
    "WIN_COMPLIANCE_2024_BASELINE_BITLOCKER",
    "windows10EndpointProtectionConfiguration could not be written",
    "#microsoft.graph.windows10CustomConfiguration",
    "device_vendor_msft_policy_config_defender_allowarchivescanning_1",
    "members@odata.bind is missing",
    "Microsoft Graph asked to slow down (429) after 3 tries",
    "run 1234 was ended by housekeeping: worker.lost",
    "The design: fresh",
    "Password policy: iOS",
    "Token protection: report only",
    "Wi-Fi profile “Guest & Visitors”: 100% of 18 devices, 5 < 7",
    "Политика паролей не найдена",
    "密码策略不存在",
    "سياسة الجهاز غير موجودة",
    "👩 Engineering laptops",
    "It took 2 h 3 min; next try at 2026-01-02T03:00:00+00:00",
    "HTTP 403 Forbidden: Authorization_RequestDenied",
    "started again as run 17",
)
