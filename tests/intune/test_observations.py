"""How an observation changes the stored policy: the pure rules of R40."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from ops_admin.intune.names import clean_name, search_key_of
from ops_admin.intune.policies.observations import Observation, changes_of, learns_assignments, needs_version
from ops_admin.intune.policies.states import PolicyState

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
EARLIER, LATER = NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)


@dataclass(frozen=True)
class Row:
    """A stored policy."""

    state: str = PolicyState.ACTIVE
    current_version: int = 3
    content_hash: str | None = "old"
    assignments_hash: str | None = "old"
    last_seen_at: datetime = NOON
    changed_at: datetime | None = NOON
    last_synced_run_id: int | None = 1


def observation(
    content_hash: str | None = "new", seen_at: datetime = LATER, failure_code: str | None = None
) -> Observation:
    content: dict[str, object] | None = {} if content_hash else None
    return Observation("an-id", "A name", seen_at, content, content_hash, failure_code)


def test_new_content_is_a_version_and_the_same_content_is_not() -> None:
    assert needs_version(Row(), observation("new"))
    assert not needs_version(Row(), observation("old"))
    assert changes_of(Row(), observation("new"), 2)["current_version"] == 4


def assigned(assignments_hash: str | None, content_hash: str = "old", seen_at: datetime = LATER) -> Observation:
    return replace(observation(content_hash, seen_at), assignments=[], assignments_hash=assignments_hash)


def test_other_assignments_alone_are_a_version() -> None:
    assert needs_version(Row(), assigned("new"))
    assert not needs_version(Row(), assigned("old"))
    assert changes_of(Row(), assigned("new"), 2)["assignments_hash"] == "new"


def test_assignments_that_were_unknown_are_learned_without_a_version() -> None:
    row = Row(assignments_hash=None)

    assert not needs_version(row, assigned("new"))
    assert learns_assignments(row, assigned("new"))
    changes = changes_of(row, assigned("new"), 2)
    assert (changes["assignments_hash"], changes["current_version"]) == ("new", 3)


def test_assignments_that_could_not_be_read_change_nothing() -> None:
    assert not needs_version(Row(), assigned(None))
    assert changes_of(Row(), assigned(None), 2)["assignments_hash"] == "old"


def test_a_new_version_without_assignments_learns_them_later() -> None:
    changes = changes_of(Row(), assigned(None, content_hash="new"), 2)

    assert (changes["current_version"], changes["assignments_hash"]) == (4, None)


@pytest.mark.parametrize("known", ["old", None])
def test_assignments_read_before_the_newest_version_are_ignored(known: str | None) -> None:
    row, early = Row(assignments_hash=known), assigned("new", seen_at=EARLIER)

    assert not needs_version(row, early)
    assert not learns_assignments(row, early)
    assert changes_of(row, early, 2)["assignments_hash"] == known


def test_content_that_is_changed_back_is_a_new_version_too() -> None:
    assert needs_version(Row(content_hash="new"), observation("old"))


def test_content_read_before_the_newest_version_is_ignored() -> None:
    assert not needs_version(Row(), observation("new", seen_at=EARLIER))
    assert changes_of(Row(), observation("new", seen_at=EARLIER), 2)["content_hash"] == "old"


def test_a_slower_run_does_not_make_a_policy_look_unseen() -> None:
    assert changes_of(Row(), observation("old", seen_at=EARLIER), 2)["last_seen_at"] == NOON


def test_a_policy_that_could_not_be_read_is_seen_and_keeps_everything_else() -> None:
    changes = changes_of(Row(), observation(None, failure_code="graph.forbidden"), 2)

    kept = {"current_version": 3, "content_hash": "old", "changed_at": NOON, "last_synced_run_id": 1}
    assert {name: changes[name] for name in kept} == kept
    assert (changes["last_seen_at"], changes["failure_code"]) == (LATER, "graph.forbidden")


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (PolicyState.MISSING, PolicyState.ACTIVE),
        (PolicyState.ACTIVE, PolicyState.ACTIVE),
        (PolicyState.IGNORED, PolicyState.IGNORED),
    ],
)
def test_what_is_seen_is_active_unless_it_is_ignored(state: PolicyState, after: PolicyState) -> None:
    changes = changes_of(Row(state=state), observation("old"), 2)

    assert (changes["state"], changes["missing_since"]) == (after, None)


def test_a_policy_without_a_name_gets_one_from_its_id() -> None:
    unnamed = replace(observation(), name=None, external_id="0123456789abcdef")

    assert unnamed.stored_name == "Unnamed policy 01234567"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Two \t words\n", "Two words"),
        ("a\0b\ud800c", "a b c"),
        ("\0\n", None),
        ("", None),
        (7, None),
        (None, None),
        ("x" * 900, "x" * 500),
        ("名前 😀", "名前 😀"),
    ],
)
def test_a_name_is_one_readable_line(raw: object, clean: str | None) -> None:
    assert clean_name(raw) == clean


def test_a_search_key_ignores_case_and_typographic_variants() -> None:
    assert search_key_of("ﬁre WALL Straße") == search_key_of("Fire Wall STRASSE")
    assert len(search_key_of("ß" * 500)) <= 500
