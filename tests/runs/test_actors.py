"""A run is never attributed to System by accident."""

import pytest
from flask import Flask

from ops_admin.access.current import NotSignedIn
from ops_admin.runs.actors import current_actor
from ops_admin.runs.ledger import Actor
from tests.support.factories import make_running_run, make_user


def test_a_user_acts_by_their_name(app_context: Flask) -> None:
    user = make_user(name="Ada")
    assert (Actor.user(user).user_id, Actor.user(user).name) == (user.id, "Ada")


def test_nobody_is_no_user_and_not_system() -> None:
    with pytest.raises(AttributeError):
        Actor.user(None)  # type: ignore[arg-type]  # what a missing guard would pass
    with pytest.raises(TypeError):
        Actor()  # type: ignore[call-arg]


def test_system_is_said_by_name() -> None:
    assert (Actor.system().user_id, Actor.system().name) == (None, "System")


def test_a_start_surface_without_anybody_signed_in_starts_nothing(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(NotSignedIn):
        current_actor()


def test_who_started_a_run_is_known_by_the_run(app_context: Flask) -> None:
    user = make_user(name="Ada")
    run = make_running_run(user=user)
    assert Actor.starter_of(run) == Actor.user(user)
