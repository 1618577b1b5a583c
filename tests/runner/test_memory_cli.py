"""`ankus memory` as a user runs it: what is remembered can be looked at, taken along and deleted."""

import json
import re
from functools import partial
from pathlib import Path

import pytest
from anyio import to_thread

from ankus_runner.memory.cli import memory_app
from ankus_runner.memory.fact import Owner
from ankus_shared.errors import AnkusError
from tests.fixtures.memory import Remembering
from tests.fixtures.program import Command

ANKUS = Command("ankus")
README = Path(__file__).parents[2] / "runner" / "README.md"
LOCAL = Owner("local", "analyst")


@pytest.fixture
async def place(remembering: Remembering, tmp_path: Path) -> str:
    """The file with the URL of a memory that holds three facts, one of another user."""
    await remembering.told("Reports are in roubles [thousands]", LOCAL)
    await remembering.told("The fiscal year begins in April", Owner("local", "assistant"), 0.9)
    await remembering.told("Borises drink tea", Owner("boris", "analyst"))
    path = tmp_path / "url"
    path.write_text(remembering.url, encoding="utf-8")
    return str(path)


class Ran:
    """The commands in this process, which spares the start of another."""

    def __init__(self, place: str, capsys: pytest.CaptureFixture[str]) -> None:
        self._place, self._capsys = place, capsys

    async def __call__(self, *arguments: str) -> str:
        tokens = [*arguments, "--memory-url-file", self._place]
        await to_thread.run_sync(partial(memory_app, tokens, result_action="return_value"))
        return self._capsys.readouterr().out


@pytest.fixture
def ran(place: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ran:
    monkeypatch.setenv("COLUMNS", "200")
    return Ran(place, capsys)


async def test_list_and_export_show_a_users_facts_and_no_others(ran: Ran, tmp_path: Path) -> None:
    listed = await ran("list")
    assert "Reports are in roubles [thousands]" in listed
    assert "fiscal year" in listed
    assert "Borises" not in listed

    await ran("export", "--to", str(tmp_path / "out"), "--profile", "analyst")
    [exported] = map(json.loads, (tmp_path / "out").read_text("utf-8").splitlines())

    assert exported["text"] == "Reports are in roubles [thousands]"
    assert (exported["source"], exported["confidence"], exported["times_seen"]) == ("the user", 0.7, 1)
    assert exported["made_at"] == "2026-03-01T12:00:00+00:00"
    [of_boris] = (await ran("list", "--user", "boris", "--json")).splitlines()
    assert json.loads(of_boris)["id"] == 3


async def test_one_fact_is_shown_and_forgotten_by_its_number_and_all_only_with_yes(
    ran: Ran, remembering: Remembering
) -> None:
    assert re.search(r"^confidence +0\.9$", await ran("show", "fact2"), re.MULTILINE)
    assert await ran("forget", "2") == "forgotten: fact2: The fiscal year begins in April\n"

    for wrong, why in (
        (("forget", "3"), "has no fact3"),  # that of another user
        (("show", "x"), "no number of a fact"),
        (("forget", "--all"), "would be deleted"),
        (("forget",), "Name one fact"),
    ):
        with pytest.raises(AnkusError, match=why):
            await ran(*wrong)

    assert len(remembering.rows()) == 2
    await ran("forget", "--all", "--yes")
    assert remembering.rows() == [("boris", "Borises drink tea")]


async def test_the_program_prints_what_the_readme_shows(place: str) -> None:
    example = re.search(r"```console\n\$ ankus memory list\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert example is not None

    done = ANKUS.run("memory", "list", ANKUS_MEMORY_URL_FILE=place, COLUMNS="200")

    assert done.stdout.split() == example[1].split(), done.stderr
