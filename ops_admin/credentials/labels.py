"""What is wrong with a certificate, and how to mend it, in words."""

from flask_babel import lazy_gettext as _l

from ops_admin.credentials.certificates import LARGEST_FILE, SHORTEST_KEY, Defect

DEFECTS: dict[Defect, object] = {
    Defect.EMPTY: _l("The file is empty."),
    Defect.TOO_LARGE: _l(
        "The file is too large for a certificate and its key (at most %(size)s kB).", size=LARGEST_FILE // 1024
    ),
    Defect.BINARY: _l(
        "This is a binary file (DER, PFX or P12). Convert it to PEM first: openssl pkcs12 -in file.pfx -out file.pem"
    ),
    Defect.NOT_PEM: _l("This is not a PEM file: it has no line that begins with -----BEGIN."),
    Defect.NO_KEY: _l("The file has no private key. It must hold both the private key and the certificate."),
    Defect.SEVERAL_KEYS: _l("The file has more than one private key. Keep only the one of the certificate."),
    Defect.NO_CERTIFICATE: _l("The file has no certificate. It must hold both the private key and the certificate."),
    Defect.PASSPHRASE_MISSING: _l("The private key is encrypted. Enter its passphrase."),
    Defect.PASSPHRASE_WRONG: _l("The passphrase does not open the private key."),
    Defect.UNREADABLE_KEY: _l("The private key is damaged."),
    Defect.UNREADABLE_CERTIFICATE: _l("The certificate is damaged."),
    Defect.NOT_RSA: _l("Microsoft Entra takes RSA keys only, and this is another kind of key."),
    Defect.SHORT_KEY: _l("The key is too short: Microsoft Entra needs at least %(bits)s bits.", bits=SHORTEST_KEY),
    Defect.MISMATCH: _l("The private key does not belong to the certificate."),
    Defect.EXPIRED: _l("The certificate has expired."),
    Defect.NOT_YET_VALID: _l("The certificate is not valid yet."),
}
PASSPHRASE_DEFECTS = frozenset({Defect.PASSPHRASE_MISSING, Defect.PASSPHRASE_WRONG})
"""Defects to be shown beside the passphrase, and not beside the file."""

KINDS: dict[str, object] = {"secret": _l("Client secret"), "certificate": _l("Certificate")}
