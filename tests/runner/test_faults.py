"""What breaks around a run: the database restarts beneath its server, a hundred askers leave at once."""

import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import psutil

from ankus_runner.config import HostConfig
from ankus_runner.conversation import History
from ankus_runner.profile import Profile
from ankus_runner.prompting import prompt_of
from ankus_runner.session import Endpoint, open_session
from ankus_shared.postgres import embedded_server
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import Reply, ScriptedModel, call, final

QUERY = "postgres-sql__run_query"
ASKERS = 100


def counted(number: int) -> Reply:
    """A step that queries a number."""
    return call(QUERY, {"sql": f"SELECT {number} AS n"})


def restarted(data: Path) -> None:
    """Kill the whole server as a power cut would, and start it again."""
    postmaster = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
    its_own = [postmaster, *postmaster.children()]
    postmaster.kill()
    psutil.wait_procs(its_own, timeout=30)
    with embedded_server(data):
        pass


async def test_a_run_goes_on_over_a_database_that_dies_between_two_steps_and_comes_back(
    tmp_path: Path, scripted: ScriptedModel
) -> None:
    server = {
        "command": str(Path(sys.executable).with_name("ankus-postgres-sql")),
        "env": {"ANKUS_DATA_DIR": str(tmp_path), "TMPDIR": tempfile.gettempdir()},
    }
    config = HostConfig.model_validate({"mcpServers": {"postgres-sql": server}})
    profile = Profile(
        name="x", description="x", tools=(QUERY,), answer_after=(QUERY,), versions=prompt_of("{{ tools }}")
    )

    def respond(body: dict[str, Any]) -> Reply:
        asked = len(scripted.requests)
        if asked == 2:
            restarted(tmp_path / "postgres")
        answered = asked > 2 and not body["messages"][-1]["content"].startswith("Error")
        return final("The last number.") if answered else counted(asked)

    scripted.respond = respond
    async with open_session(Endpoint(scripted.url, "m"), config, profile) as session:
        outcome = await session.ask("Which numbers?")

    assert outcome.answer == "The last number."
    assert outcome.evidence is not None
    assert outcome.evidence.arguments["sql"] > "SELECT 1 AS n"


async def test_a_hundred_askers_who_leave_at_once_leave_nothing_behind(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    asked, all_there = threading.Semaphore(0), threading.Event()

    def respond(body: dict[str, Any]) -> Reply:
        asked.release()
        hangs = "hang" in body["messages"][-1]["content"]
        return call("toy__hang_forever", {}) if hangs else Reply("Thought: I am", hold=True)

    def wait_for_all() -> None:
        for _ in range(ASKERS):
            asked.acquire()
        all_there.set()

    scripted.respond = respond
    async with open_agent() as session:
        histories = [History() for _ in range(ASKERS)]
        with anyio.fail_after(60):
            async with anyio.create_task_group() as askers:
                for number, history in enumerate(histories):
                    what = "hang?" if number % 2 else "hold?"
                    askers.start_soon(lambda q, h: session.agent.ask(q, earlier=h), what, history)
                await anyio.to_thread.run_sync(wait_for_all)
                askers.cancel_scope.cancel()
        scripted.respond = None
        scripted.play(call("toy__look_up", {"word": "a"}), final("A."))
        outcome = await session.ask("a?")

    assert all_there.is_set()
    assert outcome.answer == "A."
    assert not any(histories)
