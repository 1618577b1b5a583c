"""A worker that stops, and a second one beside it: nothing is lost, and no conversation is answered twice."""

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fixtures.scripted import Reply, ScriptedModel, call, final, serve_scripted
from tests.fixtures.serve import SHOP_SERVER, Served, bearer, serving

QUERY = call("shop__run_query", {"sql": "SELECT 1"})
HELD = Reply("Thought: ", hold=True)

PROFILE = """
name = "clerk"
description = "Answers about a shop."
tools = ["shop__run_query"]
"""


class Slow:
    """A model that answers when it is let."""

    def __init__(self) -> None:
        self.asked, self.let = threading.Event(), threading.Event()

    def __call__(self, _: dict[str, Any]) -> Reply:
        self.asked.set()
        assert self.let.wait(30)
        return final("Three.")


@contextmanager
def worker(model: ScriptedModel, folder: Path, database: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """`ankus serve` as a program of its own, and its address."""
    shop = {"command": sys.executable, "args": ["-P", str(SHOP_SERVER)], "env": {"SHOP_FOLDER": str(folder)}}
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": {"shop": shop}}))
    (folder / "profile.toml").write_text(PROFILE)
    (folder / "prompts" / "1").mkdir(parents=True)
    (folder / "prompts" / "1" / "system.md.j2").write_text("Tools:\n{{ tools }}")
    (folder / "url").write_text(database)
    flags = ["--base-url", model.url, "--mcp", "mcp.json", "--profile", ".", "--port", "0", "--no-traces"]
    flags += ["--conversations-url-file", "url", "--drain-seconds", "30"]
    command = [sys.executable, "-m", "ankus_runner", "serve", *flags]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"http://\S+/", process.stderr.readline())
            assert found is not None
            yield process, found[0]
        finally:
            process.kill()


def test_a_worker_that_is_told_to_stop_finishes_its_answers_and_takes_no_more(
    tmp_path: Path, served: Served
) -> None:
    slow, answers = Slow(), list[httpx2.Response]()
    body = {"model": "clerk", "messages": [{"role": "user", "content": "How many?"}]}
    with (
        serve_scripted(ScriptedModel(respond=slow)) as model,
        worker(model, tmp_path, served.database) as (process, url),
        httpx2.Client(base_url=url, timeout=30) as http,
    ):
        path = "/v1/chat/completions"
        asking = threading.Thread(target=lambda: answers.append(http.post(path, json=body)))
        asking.start()
        assert slow.asked.wait(20)
        ready = http.get("/readyz").status_code

        process.send_signal(signal.SIGTERM)
        while http.get("/readyz").status_code == 200:
            assert process.poll() is None
        refused = http.post(path, json=body)
        slow.let.set()
        asking.join()

        assert ready == 200
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "draining")
        assert "retry-after" in refused.headers
        assert answers[0].json()["choices"][0]["message"]["content"] == "Three."
        assert process.wait(20) == 0


@pytest.fixture(scope="module")
def other(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """Another worker over the same database."""
    with serving(tmp_path_factory.mktemp("other"), served.database) as worker:
        yield worker


@contextmanager
def asking(served: Served) -> Generator[tuple[str, list[httpx2.Response]]]:
    """A conversation that waits for the model, and what is answered at last."""
    served.model.held.clear()
    served.model.play(QUERY, HELD)
    answers = list[httpx2.Response]()
    new = {"conversation": "new"}
    thread = threading.Thread(target=lambda: answers.append(served.ask("How many?", ankus=new)))
    thread.start()
    assert served.model.held.wait(20)
    yield str(served.get("/v1/conversations").json()["data"][0]["id"]), answers
    thread.join()


def test_an_answer_is_stopped_through_another_worker_than_its_own(served: Served, other: Served) -> None:
    with asking(served) as (name, answers):
        path = f"/v1/conversations/{name}/cancel"
        foreign = other.http.post(path, headers=bearer("boris"))
        stopped = other.http.post(path, headers=bearer("anna"))
    too_late = other.http.post(path, headers=bearer("anna"))

    assert [answer.status_code for answer in (foreign, stopped, too_late)] == [404, 202, 404]
    assert answers[0].json()["error"]["code"] == "cancelled"


def test_what_is_not_finished_in_time_is_interrupted_and_goes_on_at_another_worker(
    served: Served, other: Served
) -> None:
    with asking(served) as (name, answers):
        busy = other.ask("How many?", ankus={"conversation": name})
        served.portal.call(served.desk.drain, 0)
        served.desk.draining = False
    other.model.play(final("Three."))
    finished = other.ask("How many?", ankus={"conversation": name})

    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "conversation_busy")
    assert (answers[0].status_code, answers[0].json()["error"]["code"]) == (503, "draining")
    assert finished.json()["choices"][0]["message"]["content"] == "Three."
    kept = served.get(f"/v1/conversations/{name}").json()
    assert [(each["question"], len(each["turns"])) for each in kept["exchanges"]] == [("How many?", 1)]
