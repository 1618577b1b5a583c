"""A conversation goes on exactly where it stopped: after an interrupt, a kill -9, a restart of PostgreSQL."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from ankus_runner.chat import Lines, converse
from ankus_runner.conversations.errors import NothingUnfinishedError
from ankus_runner.conversations.keeping import ConversationKeeper
from ankus_runner.conversations.resuming import UNKNOWN
from ankus_runner.conversations.settings import ConversationSettings
from ankus_runner.conversations.store import ConversationStore, open_store
from ankus_runner.conversations.terminal import Resumable
from ankus_runner.errors import EndpointError, NotAnsweredError
from ankus_runner.events import CallMade, Event, Warned, only
from ankus_runner.hooks import LOCAL_USER
from ankus_runner.loop import Agent
from ankus_runner.outcome import Outcome
from ankus_runner.session import Session
from tests.fixtures.agent import OpenAgent
from tests.fixtures.db import Clone
from tests.fixtures.program import Command, environment
from tests.fixtures.scripted import Reply, ScriptedModel, call, final

JOURNAL_SERVER = Path(__file__).parents[1] / "fixtures" / "journal_server.py"
ANKUS = Command("ankus")
STOPS = Reply("Thought: I am", hold=True)

LONG = call("toy__look_up", {"word": "long", "times": 400})
SCRIPTS = {
    1: [
        call("toy__look_up", {"word": "xerxes"}),
        call("toy__fail_always", {"reason": "rain"}),
        Reply("What?"),
        LONG,
        call("ankus__read_result", {"handle": "obs2", "offset": 3000}),
        LONG,
        final("So it is."),
    ],
    3: [call("toy__look_up", {"word": word}) for word in ("a", "b", "a")] + [final("So it is.")],
}
"""By the number of samples: advice, a failure, an invalid step, a cut result, a repeated call; and a vote."""


@pytest.fixture
async def store(clone: Clone) -> AsyncIterator[ConversationStore]:
    """An empty store."""
    async with open_store(clone.admin_url) as opened:
        yield opened


@asynccontextmanager
async def going_on(session: Session, store: ConversationStore, conversation: str) -> AsyncIterator[None]:
    """As a process that has nothing but what is kept."""
    async with store.hold(LOCAL_USER, conversation) as held:
        keeper = ConversationKeeper(held)
        session.hooks = replace(session.hooks, keeper=keeper, conversation=conversation)
        session.earlier, session.unfinished = held.loaded.state.history, held.loaded.state.run
        yield


@pytest.mark.parametrize("samples", SCRIPTS)
async def test_wherever_it_is_interrupted_the_model_reads_and_may_write_the_very_same(
    samples: int, open_agent: OpenAgent, scripted: ScriptedModel, store: ConversationStore
) -> None:
    script = SCRIPTS[samples]
    async with open_agent(samples=samples) as session:
        whole = await asked(session, scripted, store, script)
        for place in range(len(script)):
            conversation = await store.open(LOCAL_USER, "toys")
            async with going_on(session, store, conversation), anyio.create_task_group() as group:
                scripted.play(*script[:place], STOPS)
                scripted.held.clear()
                group.start_soon(session.say, "Is it?")
                await anyio.to_thread.run_sync(scripted.held.wait)
                group.cancel_scope.cancel()
            scripted.play(*script[place:])
            async with going_on(session, store, conversation):
                outcome = await session.finish()
            again, scripted.requests[:] = list(scripted.requests), []
            assert outcome.answer == "So it is."
            assert outcome.steps == whole[1].steps
            assert again[:place] + again[place + 1 :] == whole[0]
            assert (await store.load(LOCAL_USER, conversation)).state.run is None


async def asked(
    session: Session, scripted: ScriptedModel, store: ConversationStore, script: list[Reply]
) -> tuple[list[dict[str, Any]], Any]:
    """The requests and the outcome of a question that nobody interrupts."""
    scripted.play(*script)
    async with going_on(session, store, await store.open(LOCAL_USER, "toys")):
        outcome = await session.say("Is it?")
    requests, scripted.requests[:] = list(scripted.requests), []
    return requests, outcome


async def test_a_later_question_sees_what_was_kept_of_the_earlier_ones(
    open_agent: OpenAgent, scripted: ScriptedModel, store: ConversationStore
) -> None:
    first, second = [LONG, final("One.")], [LONG, final("Two.")]
    async with open_agent() as session:
        kept, other = [await store.open(LOCAL_USER, "toys") for _ in range(2)]
        scripted.play(*first, *second)
        async with going_on(session, store, other):
            await session.say("One?")
            await session.say("Two?")
        in_one, scripted.requests[:] = list(scripted.requests), []
        scripted.play(*first, *second)
        for question in ("One?", "Two?"):
            async with going_on(session, store, kept):
                await session.say(question)
        async with going_on(session, store, kept):
            with pytest.raises(NothingUnfinishedError):
                await session.finish()
    assert scripted.requests == in_one


async def test_a_model_that_fails_leaves_the_question_unfinished_and_a_limit_does_not(
    open_agent: OpenAgent, scripted: ScriptedModel, store: ConversationStore
) -> None:
    conversation = await store.open(LOCAL_USER, "toys")
    scripted.play(LONG, Reply(status=400, text="no"))
    async with open_agent(steps=2) as session:
        async with going_on(session, store, conversation):
            with pytest.raises(EndpointError):
                await session.say("Is it?")
        assert [listed.unfinished for listed in await store.list_of(LOCAL_USER)] == [True]
        scripted.play(Reply("What?"))
        async with going_on(session, store, conversation):
            with pytest.raises(NotAnsweredError, match="2 steps"):  # those before it count
                await session.finish()
        assert [listed.unfinished for listed in await store.list_of(LOCAL_USER)] == [False]


async def test_a_chat_answers_what_was_interrupted_before_it_takes_lines(
    open_agent: OpenAgent,
    scripted: ScriptedModel,
    store: ConversationStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conversation, shown, said = await store.open(LOCAL_USER, "toys"), list[Outcome](), list[str]()
    async with open_agent() as session:
        scripted.play(LONG, Reply(status=400, text="no"))
        async with going_on(session, store, conversation):
            with pytest.raises(EndpointError):
                await session.say("Is it?")
        scripted.play(final("It is."), LONG, final("It was."))
        read_end, write_end = os.pipe()
        os.write(write_end, b"And was it?\n")
        os.close(write_end)
        with os.fdopen(read_end) as lines:
            monkeypatch.setattr(sys, "stdin", lines)
            async with going_on(session, store, conversation):
                await converse(session, shown.append, said.append, Lines())
    assert [outcome.answer for outcome in shown] == ["It is.", "It was."]
    assert said == ["going on with: Is it?"]


async def test_of_an_interrupted_plan_only_what_nobody_knows_is_said_to_be_unknown(
    open_agent: OpenAgent, scripted: ScriptedModel, store: ConversationStore, tmp_path: Path
) -> None:
    conversation, group = await store.open(LOCAL_USER, "toys"), anyio.create_task_group()

    def interrupt(event: Event) -> None:
        if isinstance(event, CallMade) and event.tool == "toy__hang_forever":
            group.cancel_scope.cancel()

    async with open_agent(listener=interrupt) as session:
        parts = session.agent.parts
        planner = parts.profile.model_copy(update={"mode": "rewoo"})
        session.agent = Agent(replace(parts, profile=planner))
        scripted.play(Reply('Thought: Two.\nE1 = toy__note {"text":"a"}\nE2 = toy__hang_forever {}'))
        async with going_on(session, store, conversation), group:
            group.start_soon(session.say, "Is it?")
        scripted.play(Reply('Thought: One.\nE1 = toy__look_up {"word":"a"}'), final("So it is."))
        async with going_on(session, store, conversation):
            assert (await session.finish()).answer == "So it is."
    told = [message["content"] for message in scripted.requests[-1]["messages"]]
    place = told.index(UNKNOWN)
    assert "toy__hang_forever" in told[place - 1]
    assert told.count(UNKNOWN) == 1
    assert "Observation: written" in told
    assert (tmp_path / "notes").read_text() == "a\n"


async def test_the_database_may_restart_while_a_question_is_answered(
    open_agent: OpenAgent, scripted: ScriptedModel, store: ConversationStore, clone: Clone
) -> None:
    def restart_and_reply(_: dict[str, Any]) -> Reply:
        with clone.admin() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return scripted.next_reply()

    conversation, warnings = await store.open(LOCAL_USER, "toys"), list[Event]()
    scripted.play(LONG, final("So it is.")).respond = restart_and_reply
    async with (
        open_agent(listener=only(warnings.append, Warned)) as session,
        going_on(session, store, conversation),
    ):
        assert (await session.say("Is it?")).answer == "So it is."
    assert not warnings
    [exchange] = (await store.load(LOCAL_USER, conversation)).state.history.exchanges
    assert exchange.answer.endswith("Final: So it is.")


async def test_a_store_that_is_down_is_said_once_below_an_answer(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event], tmp_path: Path
) -> None:
    place = tmp_path / "url"
    place.write_text("postgresql://u:planted@127.0.0.1:1/db", encoding="utf-8")
    scripted.play(LONG, LONG, final("So it is."))
    resumable = Resumable(ConversationSettings(conversations_url_file=place), "toys")
    async with open_agent() as session, resumable.open(session.hooks) as session.hooks:
        assert (await session.say("Is it?")).answer == "So it is."
    [warning] = [event.reason for event in events if isinstance(event, Warned)]
    assert warning.startswith("this conversation cannot be resumed: Cannot connect to database db")
    assert "planted" not in warning
    assert not resumable.saved


class Home:
    """A person's folder: a profile, the journal server, the scripted model, and the store."""

    def __init__(self, folder: Path, scripted: ScriptedModel, url: str) -> None:
        self.folder = folder
        profile = 'name = "writer"\ndescription = "Writes."\ntools = ["book__*"]\n'
        (folder / "writer").mkdir()
        (folder / "writer" / "profile.toml").write_text(profile)
        (folder / "writer" / "prompts" / "1").mkdir(parents=True)
        (folder / "writer" / "prompts" / "1" / "system.md.j2").write_text("Tools:\n{{ tools }}")
        server = {
            "command": sys.executable,
            "args": ["-P", str(JOURNAL_SERVER)],
            "env": {"JOURNAL_FOLDER": str(folder)},
        }
        (folder / "mcp.json").write_text(json.dumps({"mcpServers": {"book": server}}))
        (folder / "url").write_text(url)
        self.variables = {
            "ANKUS_BASE_URL": scripted.url,
            "ANKUS_CONVERSATIONS_URL_FILE": str(folder / "url"),
            "ANKUS_NO_TRACES": "1",
        }

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """`ankus` in this folder; on leaving it is killed, and nothing else is."""
        with subprocess.Popen(
            [ANKUS.path, *arguments],
            cwd=self.folder,
            env=environment() | self.variables | {"ANKUS_APPROVE": "all"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def holding(self, what: str) -> Iterator[Path]:
        """Hold such calls that reach the server meanwhile; the pipe can be read as soon as one has."""
        pipe = self.folder / f"hold-{what}"
        os.mkfifo(pipe)
        yield pipe
        pipe.unlink()

    def journal(self) -> list[str]:
        """The calls that reached the server."""
        return (self.folder / "journal").read_text().splitlines()


@pytest.fixture
def home(scripted: ScriptedModel, clone: Clone, tmp_path: Path) -> Home:
    """A home with an empty store."""
    return Home(tmp_path, scripted, clone.admin_url)


def test_a_killed_runner_goes_on_and_writes_nothing_twice(
    home: Home, scripted: ScriptedModel, clone: Clone
) -> None:
    read, write = (call(f"book__{what}_page", {"page": "7"}) for what in ("read", "write"))
    scripted.play(STOPS)
    with home.running("ask", "--profile", "writer", "Is it?"):
        assert scripted.held.wait(60)  # killed while the model writes
    with clone.admin() as connection:
        [(kept,)] = connection.execute("SELECT id FROM ankus_conversation.conversation").fetchall()
    scripted.play(read)
    with home.holding("read") as held, home.running("ask", "--conversation", kept):
        assert held.read_text() == "7"  # killed during a call that only reads, which is made again
    scripted.play(write)
    with home.holding("write") as held, home.running("ask", "--conversation", kept) as process:
        assert held.read_text() == "7"  # interrupted during a call that writes, which is not
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[0]
    assert process.returncode == 130
    assert said.splitlines()[-1] == f"ankus: interrupted; ankus ask --conversation {kept} goes on"
    scripted.play(final("So it is."))
    with home.running("ask", "--conversation", kept) as process:
        said = process.communicate(timeout=60)[0]
    assert "So it is." in said
    assert "it is not known whether book__write_page was carried out" in said
    assert home.journal() == ["read 7", "read 7", "write 7"]
    told = [message["content"] for message in scripted.requests[-1]["messages"]]
    assert [told[-4], told[-2]] == [read.text, write.text]
    assert "read 7: done." in told[-3]
    assert "not known whether it was carried out" in told[-1]
