"""The secrets of what a restore writes: opened, filled in with what was typed, or missing (R56)."""

from collections.abc import Mapping
from typing import Any

from ops_admin.intune.backups.queries import BackupDocument
from ops_admin.intune.restore import codes
from ops_admin.intune.restore.operations.refusals import NotWritable
from ops_admin.intune.secret_values import vault
from ops_admin.redaction.secret_marks import Masked, Secrets, fill_in, forget_tokens, mask, unknown_places


def open_secrets(
    content: dict[str, Any], document: BackupDocument, typed: Mapping[str, str], *, is_same_tenant: bool
) -> Masked:
    """Return the policy with marks, and the plain values behind them.

    A token is of use only in the tenant that gave it; elsewhere it is forgotten, so that it neither is sent nor counts
    as a difference.
    """
    digest = vault().digest
    captured = mask(content, digest)
    filled = fill_in(captured.content, typed, digest)
    secrets = {**vault().open(document.sealed_secrets), **captured.secrets, **filled.secrets}
    return Masked(filled.content if is_same_tenant else forget_tokens(filled.content), secrets)


def check_secrets(content: dict[str, Any], secrets: Secrets, changed: frozenset[str] | None = None) -> None:
    """Raise NotWritable if a secret is needed that nobody knows: any, or one in a property that is to be changed."""
    unknown = unknown_places(content, secrets)
    needed = [place.label for place in unknown if changed is None or place.root in changed]
    if needed:
        raise NotWritable(codes.SECRET_MISSING, ", ".join(dict.fromkeys(needed)))
