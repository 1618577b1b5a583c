"""`ankus ask` as a person runs it: real PostgreSQL, real MCP over stdio; the model scripted or real."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ankus_runner.embedded import embedded_engine
from ankus_runner.model import ChatModel
from ankus_runner.models import DEFAULT_MODEL, ensure
from ankus_shared.paths import data_dir
from tests.fixtures.scripted import Reply, ScriptedModel, call, final
from tests.fixtures.shop import ROOT, ankus, ankus_running, processes_of

QUERY = "SELECT count(*) AS customers FROM customers"
PROMPT_TOKENS = 1_280
"""Most tokens of system prompt, tools and first observation for the example; an evaluated one costs 20 ms."""

real_model = pytest.mark.skipif(
    os.environ.get("ANKUS_TEST_MODEL") == "none", reason="ANKUS_TEST_MODEL=none leaves the 1.5B model out"
)


def test_an_answer_comes_with_its_sql_its_rows_and_its_cost(shop_home: Path, scripted: ScriptedModel) -> None:
    scripted.play(call("postgres-sql__run_query", {"sql": QUERY}), final("There are some customers."))

    done = ankus(shop_home, "ask", "How many customers are there?", "--base-url", scripted.url)

    assert done.returncode == 0, done.stderr
    for part in ("Thought: Look.", "There are some customers.", QUERY, "customers", "2 steps", "tokens"):
        assert part in done.stdout
    assert not processes_of(shop_home)


def test_the_json_form_is_one_object_on_stdout(shop_home: Path, scripted: ScriptedModel) -> None:
    scripted.play(call("postgres-sql__run_query", {"sql": QUERY}), final("Some."))

    done = ankus(shop_home, "ask", "How many?", "--base-url", scripted.url, "--json")

    outcome = json.loads(done.stdout)
    assert outcome["answer"] == "Some."
    assert outcome["arguments"]["sql"] == QUERY
    assert outcome["steps"] == 2
    assert re.fullmatch("[0-9a-f]{16}", outcome["conversation"])


def test_a_wrong_column_is_answered_with_the_right_one(shop_home: Path, scripted: ScriptedModel) -> None:
    wrong = call("postgres-sql__run_query", {"sql": "SELECT ful_name FROM customers"})
    scripted.play(wrong, call("postgres-sql__run_query", {"sql": QUERY}), final("Some."))

    done = ankus(shop_home, "ask", "How many?", "--base-url", scripted.url)

    assert done.returncode == 0, done.stderr
    assert "full_name" in scripted.requests[1]["messages"][-1]["content"]


def test_the_plan_of_the_readme_runs_once_a_person_agrees(
    shop_home: Path, scripted: ScriptedModel, tmp_path: Path
) -> None:
    section = (ROOT / "runner" / "README.md").read_text("utf-8").split("## A plan first")[1]
    profile, command, plan = (
        section.split(f"```{kind}\n")[1].split("```")[0] for kind in ("toml", "sh", "text")
    )
    (tmp_path / "profile.toml").write_text(profile, "utf-8")
    (tmp_path / "prompts" / "1").mkdir(parents=True)
    (tmp_path / "prompts" / "1" / "system.md.j2").write_text("{{ tools }}", "utf-8")
    scripted.play(Reply(plan.strip()), final("So many."))
    words = [str(tmp_path) if word == "./planner" else word for word in shlex.split(command)[1:]]
    places = ["--base-url", scripted.url, "--charts", str(tmp_path / "charts")]

    with ankus_running(shop_home, *words, *places) as running:
        out, err = running.communicate("y\n", timeout=110)

    assert running.returncode == 0, err
    assert plan.strip() in err
    assert "E2 postgres-sql__plot_result after E1" in out
    assert "So many." in out
    assert list((tmp_path / "charts").glob("*.png"))


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (("ask", ""), 2, "The question is empty"),
        (("ask", "x" * 100_000), 2, "The question has 100000 characters"),
        (("ask", "How many?", "--profile", "no-such"), 2, "There is no profile 'no-such'"),
        (("ask", "How many?", "--mcp", "no-such.json"), 2, "There is no no-such.json"),
        (("ask", "How many?", "--max-steps", "0"), 2, "--max-steps"),
        (("ask", "How many?", "--bogus"), 2, "--bogus"),
        (("ask", "How many?", "--base-url", "http://127.0.0.1:9"), 1, "cannot be reached"),
        (("ask", "How many?", "--model", "no-such-model"), 1, "no-such-model"),
        (("config", "--client", "emacs"), 2, "--client"),
    ],
)
def test_bad_input_is_one_clear_line_and_a_non_zero_exit(
    shop_home: Path, arguments: tuple[str, ...], status: int, complaint: str
) -> None:
    done = ankus(shop_home, *arguments)

    assert (done.returncode, done.stdout) == (status, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("ankus: ")
    assert complaint in line
    assert not processes_of(shop_home)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql://nobody:hunter2@127.0.0.1:9/nowhere", "127.0.0.1"),
        ("not a url", "The database URL is not understood"),
    ],
)
def test_a_wrong_database_is_one_clear_line_without_the_password(
    shop_home: Path, scripted: ScriptedModel, url: str, complaint: str
) -> None:
    done = ankus(shop_home, "ask", "How many?", "--base-url", scripted.url, ANKUS_DATABASE_URL=url)

    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert "postgres-sql" in line
    assert complaint in line
    assert "hunter2" not in line


def test_no_answer_is_a_clear_line_and_a_non_zero_exit(shop_home: Path, scripted: ScriptedModel) -> None:
    scripted.play(Reply("I do not know."), repeat_last=True)

    done = ankus(shop_home, "ask", "How many?", "--base-url", scripted.url)

    assert done.returncode == 1
    assert "invalid steps in a row" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_model_server_and_database(
    shop_home: Path, scripted: ScriptedModel, number: signal.Signals
) -> None:
    scripted.play(Reply("Thought: I think for ever", hold=True))

    with ankus_running(shop_home, "ask", "How many?", "--base-url", scripted.url) as process:
        assert scripted.held.wait(60)
        assert any("postgres-sql" in command for command in processes_of(shop_home).values())
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=30)

    assert process.returncode == 130
    said = r"ankus: interrupted; ankus ask --conversation [0-9a-f]{16} goes on"
    assert re.fullmatch(said, errors.splitlines()[-1])
    assert not processes_of(shop_home)
    assert scripted.hung_up.wait(10)


def test_an_interrupt_while_python_still_imports_is_one_line() -> None:
    program = """
import sys
class Interrupted:
    def find_spec(name, path, target=None):
        if name == "ankus_runner.cli":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted)
from ankus_runner.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (130, "ankus: interrupted\n")


def test_config_prints_what_claude_desktop_reads(shop_home: Path) -> None:
    done = ankus(shop_home, "config", "--client", "claude")

    server = json.loads(done.stdout)["mcpServers"]["postgres-sql"]
    assert os.path.isabs(server["command"])
    assert os.access(server["command"], os.X_OK)


@pytest.mark.model
@pytest.mark.timeout(1200)
@real_model
async def test_the_prompt_is_lean(shop_home: Path, scripted: ScriptedModel, tmp_path: Path) -> None:
    scripted.play(call("postgres-sql__run_query", {"sql": QUERY}), final("Some."))
    ankus(shop_home, "ask", "?", "--base-url", scripted.url)
    messages = scripted.requests[0]["messages"]

    gguf = ensure(DEFAULT_MODEL, lambda *_: None)
    async with embedded_engine(gguf, context_tokens=512, threads=1, state_dir=tmp_path) as engine:
        model = ChatModel(engine.base_url, api_key=engine.api_key)
        text = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
        assert await model.count_tokens(text) < PROMPT_TOKENS
        await model.aclose()


@pytest.mark.model
@pytest.mark.timeout(1200)
@real_model
def test_the_real_model_answers_a_real_question(shop_home: Path) -> None:
    models = data_dir() / "models"  # the one copy of this user, not one of 1.1 GB a test run
    models.mkdir(parents=True, exist_ok=True)
    (shop_home / "models").symlink_to(models, target_is_directory=True)

    first = ankus(shop_home, "ask", "How many customers are there?", "--json", timeout=1100)
    second = ankus(shop_home, "ask", "How many products are there?", "--json", timeout=300)

    assert first.returncode == 0, first.stderr
    assert second.returncode == 0, second.stderr
    answer = json.loads(first.stdout)
    assert re.search(r"\bcustomers\b", answer["arguments"]["sql"], re.IGNORECASE)
    assert re.search(r"\d", answer["result"])
    restored = json.loads(second.stdout)
    assert restored["cached_tokens"] > answer["cached_tokens"]
    assert not processes_of(shop_home)
    shutil.rmtree(shop_home / "states")
