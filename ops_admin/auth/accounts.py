"""Accounts: adding them, replacing their password, disabling them (R36)."""

from functools import partial

from sqlalchemy import update

from ops_admin.access.models import DbUser
from ops_admin.access.queries import User
from ops_admin.access.signals import rights_changed
from ops_admin.auth.passwords import hash_password
from ops_admin.auth.sessions import end_all_sign_ins
from ops_admin.infra.database import after_commit, transaction, utcnow


def add_user(email: str, display_name: str, password: str) -> User:
    """Add a user who can sign in and has no rights yet."""
    address, password_hash = email.strip().lower(), hash_password(password)
    with transaction() as session:
        row = DbUser(email=address, display_name=display_name, password_hash=password_hash)
        session.add(row)
        session.flush()
        return User(row.id, address, display_name)


def set_password(user_id: int, password: str) -> None:
    """Replace the password and end all sign-ins of the user."""
    password_hash = hash_password(password)
    with transaction() as session:
        session.execute(update(DbUser).where(DbUser.id == user_id).values(password_hash=password_hash))
        end_all_sign_ins(user_id)


def disable_user(user_id: int) -> None:
    """End all sign-ins and rights of the user at once; the history of what they did stays."""
    with transaction() as session:
        session.execute(update(DbUser).where(DbUser.id == user_id).values(disabled_at=utcnow()))
        end_all_sign_ins(user_id)
        after_commit(partial(rights_changed.send, user_id))
