"""Settings from flags and variables, and what a wrong one says."""

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest

from ankus_shared.errors import AnkusError, DependencyError, SettingsError
from ankus_shared.settings import (
    FLAT,
    INTERRUPTED,
    ServeSettings,
    command_line,
    exit_status_of,
    option,
    run_command,
    variables_of,
)


@dataclass(frozen=True, kw_only=True)
class BarnSettings(ServeSettings):
    sheep: Annotated[int, option("ANKUS_SHEEP", at_least=1, at_most=100)] = 12
    """Sheep that the barn holds."""


_DEFAULTS = BarnSettings()


def run(*arguments: str) -> tuple[int, BarnSettings | None]:
    """Run a command line with these arguments; its exit status and what it was given."""
    seen: list[BarnSettings] = []
    app = command_line("barn", version="1.0", help="Keeps sheep.")

    @app.default
    def keep(settings: Annotated[BarnSettings, FLAT] = _DEFAULTS) -> None:
        seen.append(settings)

    return run_command(app, arguments), seen[0] if seen else None


def test_without_flags_and_variables_every_setting_has_its_default() -> None:
    assert run() == (0, _DEFAULTS)


def test_a_flag_wins_over_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANKUS_SHEEP", "20")
    assert run() == (0, BarnSettings(sheep=20))
    assert run("--sheep", "30") == (0, BarnSettings(sheep=30))


def test_help_names_each_flag_its_variable_and_what_it_means(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help")[0] == 0
    shown = " ".join(capsys.readouterr().out.split())
    for expected in ("--sheep", "ANKUS_SHEEP", "Sheep that the barn holds.", "--port", "ANKUS_PORT"):
        assert expected in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sheep", "many"], "--sheep"),
        (["--sheep", "0"], "--sheep"),
        (["--sheep", "101"], "--sheep"),
        (["--transport", "pigeon"], "pigeon"),
        (["--port", "-1"], "--port"),
        (["--port", "65536"], "--port"),
        (["--max-result-kb", "1"], "--max-result-kb"),
        (["--goats", "1"], "--goats"),
    ],
)
def test_a_wrong_flag_is_one_line_and_exit_status_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == (2, None)
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("barn: ")
    assert said in line


def test_a_wrong_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANKUS_SHEEP", "many")
    assert run() == (2, None)
    (line,) = capsys.readouterr().err.splitlines()
    assert "ANKUS_SHEEP" in line or "--sheep" in line


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (SettingsError("Wrong."), 2),
        (DependencyError("Down.\nReally.", hint="Wait."), 1),
        (OSError(errno.ENOSPC, "No space left on device", "/var/file"), 1),
        (KeyboardInterrupt(), INTERRUPTED),
        (BaseExceptionGroup("tasks", [DependencyError("Down.")]), 1),
        (BaseExceptionGroup("tasks", [ExceptionGroup("inner", [SettingsError("Wrong.")])]), 2),
        (BaseExceptionGroup("tasks", [KeyboardInterrupt()]), INTERRUPTED),
    ],
)
def test_what_a_command_raises_decides_its_exit_status_and_one_line(
    raised: BaseException, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        raise raised

    assert exit_status_of(command, "barn") == status
    assert len(capsys.readouterr().err.splitlines()) <= 1


def test_a_crash_is_not_swallowed() -> None:
    def command() -> None:
        raise ExceptionGroup("tasks", [ValueError("a bug")])

    with pytest.raises(ExceptionGroup):
        exit_status_of(command, "barn")


def test_a_command_may_choose_its_exit_status() -> None:
    assert exit_status_of(lambda: 3, "barn") == 3
    assert exit_status_of(lambda: None, "barn") == 0


def test_exit_statuses_belong_to_the_kind_of_error() -> None:
    assert AnkusError.exit_status == 1
    assert SettingsError.exit_status == 2


@dataclass(frozen=True, kw_only=True)
class FieldSettings:
    grass: Annotated[tuple[str, ...], option("ANKUS_GRASS")] = ()
    gate: Annotated[Path | None, option("ANKUS_GATE")] = None
    open: Annotated[bool, option("ANKUS_OPEN")] = False
    cows: Annotated[int, option("ANKUS_COWS")] = 4


@pytest.mark.parametrize(
    "settings",
    [FieldSettings(), FieldSettings(grass=("long", "green"), gate=Path("/gate"), open=True, cows=0)],
)
def test_settings_become_variables_that_mean_the_same(
    settings: FieldSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[FieldSettings] = []
    app = command_line("field", version="1.0", help="Feeds cows.")

    @app.default
    def feed(settings: Annotated[FieldSettings, FLAT] = FieldSettings()) -> None:
        seen.append(settings)

    for name, value in variables_of(settings, FieldSettings).items():
        if value is not None:
            monkeypatch.setenv(name, value)
    assert run_command(app, []) == 0
    assert seen == [settings]
