"""The commands as people start them, and the server's tools over stdio."""

import re
import signal
import subprocess
import tomllib
from pathlib import Path

import anyio
import psutil
import pytest
from mcp import Client

from ankus_code_graph.store.writer import open_writer
from tests.code_graph.conftest import GraphDatabase
from tests.code_graph.small import small_changes, store
from tests.fixtures.program import Command, environment, the_line

PROGRAM = Command("ankus-code-graph")
run = PROGRAM.run
README = Path(__file__).parents[2] / "servers" / "code-graph" / "README.md"
C = "int answer(void) { return 42; }\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree of one file."""
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "answer.c").write_text(C)
    return folder


def test_a_tree_is_indexed_listed_and_dropped(graph_database: GraphDatabase, tree: Path) -> None:
    url = {"ANKUS_DATABASE_URL": graph_database.url}
    first, again = (run("index", str(tree), "--name", "tiny", **url) for _ in range(2))
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert first.stdout.startswith("tiny: 1 files, 1 changed")
    assert again.stdout.startswith("tiny: 1 files, 0 changed")
    listed = run("list", **url)
    assert listed.stdout.startswith(f"tiny: {tree}, indexed ")
    assert run("drop", "tiny", **url).stdout == "Dropped tiny.\n"
    assert run("list", **url).stdout == ""


def test_what_cannot_be_indexed_is_one_line(
    graph_database: GraphDatabase, tree: Path, tmp_path: Path
) -> None:
    url = {"ANKUS_DATABASE_URL": graph_database.url}
    other, empty = tmp_path / "other", tmp_path / "empty"
    for folder in (other, empty):
        folder.mkdir()
    (other / "answer.c").write_text(C)
    assert run("index", str(tree), "--name", "tiny", **url).returncode == 0
    assert "is no folder" in the_line(run("index", str(tmp_path / "none"), "--name", "tiny", **url))
    assert f"The graph tiny is of {tree}." in the_line(run("index", str(other), "--name", "tiny", **url))
    assert "3 to 63" in the_line(run("index", str(tree), "--name", "a b", **url))
    assert "There is no graph gone. There is: tiny." in the_line(run("drop", "gone", **url))
    assert "ankus-code-graph: " in the_line(run("index", str(empty), "--name", "void", **url))
    with open_writer(graph_database.settings()) as writer, writer.lock("tiny"):
        assert "being indexed by another process" in the_line(
            run("index", str(tree), "--name", "tiny", **url)
        )


def test_a_watched_tree_is_indexed_when_a_file_changes(graph_database: GraphDatabase, tree: Path) -> None:
    command = [PROGRAM.path, "index", str(tree), "--name", "tiny", "--watch"]
    with subprocess.Popen(
        command,
        env={**environment(), "ANKUS_DATABASE_URL": graph_database.url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            (tree / "more.c").write_text("int more(void) { return answer(); }\n")
            second = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            process.wait(30)
        finally:
            process.kill()
    assert first.startswith("tiny: 1 files, 1 changed")
    assert second.startswith("tiny: 2 files, 1 changed")
    assert process.returncode == 130


@pytest.mark.parametrize("command", [(), ("list",)])
def test_a_wrong_url_is_one_line_without_the_password(command: tuple[str, ...]) -> None:
    line = the_line(run(*command, ANKUS_DATABASE_URL="postgresql://a:hunter2@127.0.0.1:1/x"))
    assert "Connection refused" in line
    assert "hunter2" not in line


async def test_a_client_indexes_below_the_source_roots_only(
    graph_database: GraphDatabase, tree: Path
) -> None:
    seen: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append(progress)

    async with Client(
        PROGRAM.stdio("--database-url", graph_database.url, "--source-root", str(tree.parent))
    ) as client:
        arguments = {"path": str(tree), "name": "tiny"}
        result = await client.call_tool("index_repository", arguments, progress_callback=note)
        outside = await client.call_tool("index_repository", {"path": "/usr", "name": "tiny"})
        badly_named = await client.call_tool("index_repository", {"path": str(tree), "name": "Tiny"})
        graphs = await client.call_tool("list_graphs", {})
    assert not result.is_error, result
    assert result.structured_content["graph"] == "tiny"
    assert seen == sorted(seen)
    assert max(seen) > 1
    assert outside.structured_content["error"]["code"] == "path_not_allowed"
    assert badly_named.structured_content["error"]["code"] == "bad_graph_name"
    assert graphs.structured_content == {"graphs": ["tiny"]}


async def test_a_cancelled_indexing_ends_with_all_its_processes(
    graph_database: GraphDatabase, tree: Path
) -> None:
    settings = graph_database.settings()
    with open_writer(settings) as writer:
        store(writer, small_changes(), "tiny")
    for number in range(400):  # enough to be at work when the first progress is told
        (tree / f"many_{number}.c").write_text(C * 200)
    begun = anyio.Event()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        if progress > 0:
            begun.set()

    async with Client(
        PROGRAM.stdio("--database-url", graph_database.url, "--source-root", str(tree))
    ) as client:
        async with anyio.create_task_group() as tasks:

            async def call() -> None:
                arguments = {"path": str(tree), "name": "many"}
                await client.call_tool("index_repository", arguments, progress_callback=note)

            tasks.start_soon(call)
            await begun.wait()
            tasks.cancel_scope.cancel()
        while _children(str(tree)):
            await client.call_tool("list_graphs", {})
        graphs = await client.call_tool("list_graphs", {})
    assert graphs.structured_content == {"graphs": ["tiny"]}


async def test_the_example_of_the_readme_is_true(graph_database: GraphDatabase, tmp_path: Path) -> None:
    [text] = re.findall(r"```toml\n(\[files\]\n.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    example = tomllib.loads(text)
    for name, text in example["files"].items():
        (tmp_path / name).write_text(text)
    done = run("index", str(tmp_path), "--name", "zoo", ANKUS_DATABASE_URL=graph_database.url)
    assert done.returncode == 0, done.stderr
    async with Client(PROGRAM.stdio("--database-url", graph_database.url)) as client:
        for call in example["call"]:
            result = await client.call_tool(call["tool"], call["arguments"])
            text = "\n".join(getattr(part, "text", "") for part in result.content)
            assert call["answer"].strip() in text


async def test_prompts_hold_what_they_are_asked(graph_database: GraphDatabase) -> None:
    asked = {
        "find_behaviour": {"question": "Где пишется WAL?"},
        "assess_change": {"symbol": "PGPROC"},
        "audit": {"path": "src/backend", "topic": "locks"},
    }
    async with Client(PROGRAM.stdio("--database-url", graph_database.url)) as client:
        for name, arguments in asked.items():
            text = (await client.get_prompt(name, arguments)).model_dump_json()
            assert all(value in text for value in arguments.values())
            assert "{" + next(iter(arguments)) + "}" not in text


def _children(path: str) -> list[int]:
    """Processes that index the tree."""
    processes = psutil.process_iter(["cmdline"])
    return [each.pid for each in processes if {"index", path} <= set(each.info["cmdline"] or [])]
