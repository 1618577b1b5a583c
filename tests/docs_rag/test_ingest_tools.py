"""The tools ingest_source and list_sources, as a client of the running server calls them."""

from pathlib import Path

import anyio
import psutil
from mcp import Client

from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.ingesting import ZOO, write
from tests.fixtures.program import Command

PROGRAM = Command("ankus-docs-rag")


def client(database: DocsDatabase, root: Path) -> Client:
    return Client(PROGRAM.stdio("--database-url", database.url, "--source-root", str(root)))


async def test_a_client_ingests_below_the_source_roots_only(
    docs_database: DocsDatabase, tmp_path: Path
) -> None:
    seen: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append(progress)

    folder = write(tmp_path / "zoo", ZOO)
    async with client(docs_database, tmp_path) as session:
        nothing = await session.call_tool("list_sources", {})
        arguments = {
            "source": "zoo",
            "path": str(folder),
            "version": "1",
            "tags": ["animals"],
        }
        made = await session.call_tool("ingest_source", arguments, progress_callback=note)
        text = {"source": "zoo", "text": "# Ants\n\nAnts are many.", "title": "Ants"}
        added = await session.call_tool("ingest_source", text)
        again = await session.call_tool("ingest_source", text)
        refused = [
            await session.call_tool("ingest_source", {"source": "zoo", **given})
            for given in ({"path": "/etc"}, {}, {"url": "http://127.0.0.1:9/"}, {"text": "x"})
        ]
        listed = await session.call_tool("list_sources", {})
    assert nothing.structured_content == {"sources": [], "models": []}
    assert not made.is_error, made
    assert (made.structured_content["source"], made.structured_content["changed"]) == ("zoo", 3)
    assert seen == sorted(seen)
    assert max(seen) > 1
    assert (added.structured_content["pages"], added.structured_content["changed"]) == (4, 1)
    assert again.structured_content["changed"] == 0
    codes = [each.structured_content["error"]["code"] for each in refused]
    assert codes == ["path_not_allowed", "bad_source", "blocked_address", "bad_source"]
    [source] = listed.structured_content["sources"]
    assert (source["name"], source["version"], source["pages"]) == ("zoo", "1", 4)
    assert listed.structured_content["models"] == [{"name": "e5-small", "state": "live"}]
    assert "zoo: version 1; 4 pages; " in listed.content[0].model_dump_json()


async def test_a_cancelled_ingest_ends_with_all_its_processes(
    docs_database: DocsDatabase, tmp_path: Path
) -> None:
    pages = {f"page{n}.md": f"# Page {n}\n\n" + f"The owl number {n} hunts. " * 9 for n in range(300)}
    folder, begun = write(tmp_path / "zoo", pages), anyio.Event()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        if progress > 0:
            begun.set()

    async with client(docs_database, tmp_path) as session:
        async with anyio.create_task_group() as tasks:

            async def call() -> None:
                arguments = {"source": "zoo", "path": str(folder)}
                await session.call_tool("ingest_source", arguments, progress_callback=note)
                raise AssertionError("it ended before it was cancelled")

            tasks.start_soon(call)
            await begun.wait()
            tasks.cancel_scope.cancel()
        while _ingesting(str(folder)):
            await session.call_tool("list_sources", {})
        listed = await session.call_tool("list_sources", {})
    assert listed.structured_content["sources"] == []


def _ingesting(path: str) -> list[int]:
    """Processes that ingest the folder."""
    processes = psutil.process_iter(["cmdline"])
    return [each.pid for each in processes if {"ingest", path} <= set(each.info["cmdline"] or [])]
