"""The error tree."""

import pytest

from ankus_shared.errors import AnkusError, DependencyError, LimitError, SettingsError


@pytest.mark.parametrize("kind", [SettingsError, DependencyError, LimitError])
def test_every_kind_of_error_is_an_ankus_error_with_its_own_code(kind: type[AnkusError]) -> None:
    assert issubclass(kind, AnkusError)
    assert kind("It broke.").code not in ("", AnkusError.code)


def test_an_error_reads_as_what_is_wrong_and_what_to_do_next() -> None:
    assert (
        str(DependencyError("The database is down.", hint="Start it.")) == "The database is down. Start it."
    )
    assert str(DependencyError("It is down.")) == "It is down."


def test_a_code_given_to_one_error_does_not_change_its_class() -> None:
    assert LimitError("Too much.", code="too_many_rows").code == "too_many_rows"
    assert LimitError("Too much.").code == "limit_reached"
