"""`ankus conversations`, and what `ankus ask --conversation` says of one that cannot be gone on with."""

import json
import re
import shlex
from pathlib import Path

import anyio
import pytest

from ankus_runner.cli import app
from ankus_runner.conversation import Exchange, History, Turn
from ankus_runner.conversations.settings import ConversationPlace
from ankus_runner.conversations.state import State
from ankus_runner.conversations.store import ConversationStore
from ankus_runner.conversations.terminal import with_store
from ankus_runner.hooks import LOCAL_USER
from ankus_runner.results import Results
from ankus_shared.settings import run_command
from tests.fixtures.db import Clone
from tests.fixtures.scripted import ScriptedModel

README = Path(__file__).parents[2] / "runner" / "README.md"
QUESTION = "How many [bold]orders[/bold]?"
KEPT = State(
    History(
        [Exchange(f"Question: {QUESTION}", (Turn("Look.", f"Observation: {'r' * 900}"),), "Final: 12.")],
        results=Results({"obs1": "r" * 900}, 1),
    )
)


@pytest.fixture
def kept(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of the one conversation of a store that the commands find."""
    place = tmp_path / "url"
    place.write_text(clone.admin_url, encoding="utf-8")
    monkeypatch.setenv("ANKUS_CONVERSATIONS_URL_FILE", str(place))
    monkeypatch.setenv("COLUMNS", "200")

    async def work(store: ConversationStore) -> str:
        begun = await store.open(LOCAL_USER, "assistant")
        async with store.hold(LOCAL_USER, begun) as held:
            await held.save(KEPT)
        other = await store.open("bob", "assistant")
        async with store.hold("bob", other) as held:
            await held.save(KEPT)
        return begun

    return anyio.run(with_store, ConversationPlace(conversations_url_file=place), work)


def test_the_commands_of_the_readme_list_show_and_delete(
    kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = re.findall(r"^ankus (conversations [^#\n]*)", README.read_text("utf-8"), re.MULTILINE)
    said = {}
    for line in lines:
        words = [kept if word == "ID" else word for word in shlex.split(line)]
        assert run_command(app, words) == 0, line
        said[words[1]] = capsys.readouterr().out
    assert list(said) == ["list", "show", "rename", "delete", "purge"]
    assert re.search(rf"^{kept} .* assistant +{re.escape(QUESTION)}$", said["list"], re.MULTILINE)
    assert QUESTION in said["show"]
    assert "… (913 characters)" in said["show"]
    assert said["show"].endswith("Final: 12.\n")
    assert said["purge"] == "0 deleted\n"  # Bob's is Bob's
    run_command(app, ["conversations", "list"])
    assert capsys.readouterr().out == "There are no conversations.\n"


def test_as_json_a_conversation_is_whole(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_command(app, ["conversations", "list", "--json"])
    [listed] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    run_command(app, ["conversations", "show", kept, "--json"])
    shown = json.loads(capsys.readouterr().out)
    assert (listed["id"], listed["title"], listed["unfinished"]) == (kept, QUESTION, False)
    assert shown["history"]["results"]["texts"] == {"obs1": "r" * 900}


def test_a_conversation_is_its_users(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(app, ["conversations", "list", "--user", "bob", "--json"]) == 0
    [listed] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert listed["id"] != kept
    for words in (["conversations", "show"], ["ask", "--conversation"]):
        assert run_command(app, [*words, kept, "--user", "bob"]) == 2
        assert f"no conversation '{kept}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["ask", "--conversation", "0123456789abcdef"], 2, "no conversation '0123456789abcdef'. 'ankus conv"),
        (["chat", "--conversation", "../../etc"], 2, "no conversation '../../etc'"),
        (["ask", "--conversation", "KEPT", "--no-conversations"], 2, "exclude each other"),
        (["ask"], 2, "The question is empty"),
        (["ask", "--conversation", "KEPT", "--conversations-url-file", "/none"], 2, "Cannot read /none"),
        (["conversations", "show", "x"], 2, "no conversation 'x'"),
    ],
)
def test_a_conversation_that_is_not_there_is_one_line(
    kept: str, arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [kept if word == "KEPT" else word for word in arguments]
    assert run_command(app, words) == status
    [line] = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_conversation_that_is_gone_on_with_elsewhere_is_busy(
    kept: str, clone: Clone, scripted: ScriptedModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mcp.json").write_text('{"mcpServers": {"none": {"command": "true"}}}')
    words = ["ask", "--conversation", kept, "--base-url", scripted.url, "--mcp", str(tmp_path / "mcp.json")]
    with clone.admin() as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 1))", [kept])
        assert run_command(app, [*words, "--no-traces", "And now?"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"ankus: The conversation {kept} is gone on with elsewhere. Wait until that has ended."
