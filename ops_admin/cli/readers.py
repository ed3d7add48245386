"""On whose behalf a command runs: a user's (`--as`), or System's."""

from dataclasses import dataclass

import click

from ops_admin.access.queries import User, find_user_by_email
from ops_admin.access.rights import Rights, rights_of, rights_of_system
from ops_admin.cli.context import Refusal
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.queries import Scope, find_run, scope_of


@dataclass(frozen=True)
class Reader:
    """The user on whose behalf a command runs, or System."""

    email: str | None

    @property
    def user(self) -> User | None:
        """The user of `--as`, or None for System; an unknown address ends the command."""
        if self.email is None:
            return None
        user = find_user_by_email(self.email)
        if user is None:
            raise Refusal(f"There is no user {self.email}.")
        return user

    @property
    def actor(self) -> Actor:
        """The actor of runs that the command starts."""
        user = self.user
        return Actor.user(user) if user else Actor.system()

    @property
    def rights(self) -> Rights:
        """The reader's rights; System may do everything."""
        user = self.user
        return rights_of(user.id) if user else rights_of_system()

    @property
    def scope(self) -> Scope:
        """The runs that the reader may see."""
        return scope_of(self.rights)

    def get_run(self, run_id: int) -> Run:
        """Return a run; one that the reader may not see counts as missing, which ends the command."""
        run = find_run(run_id)
        if run is None or not self.scope.holds(run):
            raise Refusal(f"There is no run {run_id}.")
        return run


reader_option = click.option(
    "--as",
    "reader",
    metavar="EMAIL",
    callback=lambda _context, _parameter, email: Reader(email),
    help="Act as this user; without it, as System.",
)
