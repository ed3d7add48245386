"""Refusals of changes to workspaces, tenants and users, as one sentence and exit status 2."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from ops_admin.access.people.changing import LastOwner
from ops_admin.auth.emails import InvalidEmail
from ops_admin.auth.passwords import UnusablePassword
from ops_admin.auth.provisioning import NotAccepted
from ops_admin.cli.context import Refusal


@contextmanager
def refusing() -> Iterator[None]:
    """End the command with the reason."""
    try:
        yield
    except (NotAccepted, InvalidEmail, UnusablePassword) as error:
        raise Refusal(str(error)) from error
    except LastOwner as error:
        text = "That would leave a tenant without an owner, so nothing was changed: make somebody else owner first."
        raise Refusal(text) from error
    except IntegrityError as error:
        raise Refusal("Somebody added the same in this moment: run the command again.") from error
