"""Long work in a process of its own: its progress, its answer, its failures, and its end."""

from collections.abc import Mapping
from pathlib import Path

import anyio
import psutil
import pytest

from ankus_shared.errors import AnkusError, DependencyError
from ankus_shared.job import Outcome, run_job
from ankus_shared.progress import conclude, shown

ROOT = Path(__file__).parents[2]
JOB = "tests.shared.barn_job"


class Told:
    """What was reported."""

    def __init__(self) -> None:
        self.steps: list[tuple[float, str | None]] = []
        self.begun = anyio.Event()

    async def __call__(self, done: float, total: float | None, words: str | None) -> None:
        self.steps.append((round(done, 2), words))
        if words == "shear: 1 of 2":
            self.begun.set()


async def run(how: str, told: Told | None = None, **variables: str | None) -> Outcome:
    environment: Mapping[str, str | None] = {"PYTHONPATH": str(ROOT), **variables}
    return await run_job(JOB, [how], environment, told or Told())


async def test_a_job_tells_its_steps_as_one_growing_figure_and_answers() -> None:
    told = Told()
    outcome = await run("count", told)
    assert (outcome.text, outcome.structured) == ("3 sheep", {"sheep": 3, "fence": None})
    assert told.steps == [
        (0.0, "starting"),
        (0.33, "count: 1 of 3"),
        (0.67, "count: 2 of 3"),
        (1.0, "count: 3 of 3"),
        (1.5, "shear: 1 of 2"),
    ]


async def test_a_variable_is_given_or_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANKUS_FENCE", "old")
    assert (await run("count", ANKUS_FENCE="new")).structured["fence"] == "new"
    assert (await run("count", ANKUS_FENCE=None)).structured["fence"] is None


async def test_an_anticipated_failure_is_raised_as_it_was_said() -> None:
    with pytest.raises(AnkusError, match="The barn is full") as caught:
        await run("fail")
    assert (caught.value.code, caught.value.hint) == ("limit_reached", "Build another.")


async def test_a_job_that_ends_without_a_word_is_an_error() -> None:
    with pytest.raises(DependencyError, match="ended with status 3"):
        await run("crash")


async def test_a_cancelled_job_is_stopped() -> None:
    told = Told()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, "wait", told)
        await told.begun.wait()
        assert _running()
        tasks.cancel_scope.cancel()
    assert not _running()


def test_progress_for_a_person_is_no_part_of_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with shown("bar") as tell:
        tell("count", 1, 3)
        conclude("bar", "3 sheep", {"sheep": 3})
    assert capsys.readouterr().out == "3 sheep\n"


def _running() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if JOB in each.cmdline()]
