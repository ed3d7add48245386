"""A missing program is never passed over in silence."""

import pytest

from tests.support.requirements import require_program


def test_in_continuous_integration_a_missing_program_fails_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"apt-get install .* redis-server"):
        require_program("redis-server", "no-such-program")


def test_elsewhere_it_skips_the_test_and_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"apt-get install .* redis-server"):
        require_program("redis-server", "no-such-program")
