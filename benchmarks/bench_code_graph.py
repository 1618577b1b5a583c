"""code-graph over PostgreSQL's source: cost beside the bare parse, questions, accuracy, peers.

    python -m benchmarks.bench_code_graph [--source PATH] [--truth FILE] [--no-peers]

All in one run, on a copy of the source and a database of its own. CPU is that of a command with its children;
PostgreSQL's own is told apart. See README.md.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import psycopg
from cyclopts import App
from mcp import Client

from ankus_shared.postgres import EmbeddedServer, embedded_server
from benchmarks.code_graph import peers
from benchmarks.code_graph.accuracy import report
from benchmarks.code_graph.ask import Refused, answer, ask_all, server, summary
from benchmarks.code_graph.claims import stored_graph
from benchmarks.code_graph.expected import Truth, gather
from benchmarks.code_graph.source import default_folder, postgres_source
from benchmarks.code_graph.spent import Failed, PostgresClock, Spent, run_measured
from benchmarks.code_graph.truth import read_truth
from tests.fixtures.apt import Missing

GRAPH = "bench"
DATABASE = "code_graph"
EDITED = "src/backend/access/heap/heapam.c"
CALLERS = ("palloc", "errmsg")
PATH = ("exec_simple_query", "heap_insert")
TURNS = 7
GOALS = {
    "CPU against the bare parse": 4.0,
    "CPU seconds": 60.0,
    "callers, ms": 100.0,
    "path, ms": 1000.0,
    "one file, s": 1.0,
}

app = App(help=__doc__, version_flags=[])


@dataclass(slots=True)
class Bench:
    """The tree that is indexed, and the server that holds the graph."""

    root: Path
    work: Path
    postgres: EmbeddedServer

    def index(self) -> tuple[Spent, float]:
        """One run of the indexer, and the seconds of CPU that PostgreSQL spent meanwhile."""
        clock = PostgresClock(self.postgres.data_dir)
        program = Path(sys.executable).with_name("ankus-code-graph")
        spent = run_measured([program, "index", self.root, "--name", GRAPH], self.work)
        return spent, clock.since()


@app.default
def main(source: Path | None = None, truth: Path | None = None, *, no_peers: bool = False) -> None:
    """Print what indexing costs, how long questions take, and the same of other programs.

    Args:
        source: A C tree; PostgreSQL's source from Debian by default.
        truth: Of the same source, by benchmarks.code_graph.truth: accuracy and recall are told too.
        no_peers: Leave the other programs out.
    """
    try:
        root = source or postgres_source(default_folder())
    except Missing as error:
        sys.exit(f"No source: {error}")
    try:
        measure(root, gather(read_truth(truth)) if truth else None, no_peers=no_peers)
    except Failed as error:
        sys.exit(f"The indexer failed: {error}")


def measure(root: Path, known: Truth | None, *, no_peers: bool) -> None:
    """All measurements.

    Raises:
        Failed: If the indexer or the bare parse fails.
    """
    print(f"source: {root}")
    with tempfile.TemporaryDirectory(prefix="bench-code-graph-") as folder:
        work = Path(folder)
        copy = work / root.name
        shutil.copytree(root, copy, symlinks=True)
        # held here, so that the server outlives each command and its CPU can be read
        os.environ["ANKUS_DATA_DIR"] = str(work / "data")
        with embedded_server() as postgres:
            bench = Bench(copy, work, postgres)
            measure_index(bench)
            anyio.run(measure_questions)
            if known is not None:
                with psycopg.connect(postgres.url(DATABASE)) as connection:
                    print(report(known, stored_graph(connection, GRAPH)))
            measure_update(bench)
        if not no_peers:
            measure_peers(root, work, known)


def measure_index(bench: Bench) -> None:
    """A full index between two bare parses of the same files."""
    parses = [bare_parse(bench)]
    spent, postgres = bench.index()
    parses.append(bare_parse(bench))
    cpu, wall = (min(getattr(parse, name) for parse in parses) for name in ("cpu", "wall"))
    files, lines, size = map(int, parses[0].output.split())
    print(f"{files:,} files, {lines:,} lines, {size / 2**20:.1f} MiB")
    print(f"bare tree-sitter parse: {cpu:.1f} CPU s, {wall:.1f} s, {parses[0].memory:.0f} MiB")
    print(
        f"index: {spent.cpu:.1f} CPU s, {spent.wall:.1f} s, {spent.memory:.0f} MiB at the peak, all processes"
    )
    print(f"PostgreSQL meanwhile: {postgres:.1f} CPU s")
    print(spent.output.strip())
    goal("CPU against the bare parse", (spent.cpu + postgres) / cpu)
    goal("CPU seconds", spent.cpu + postgres)


def bare_parse(bench: Bench) -> Spent:
    """tree-sitter over all C files, in a process of its own."""
    return run_measured([sys.executable, "-m", "benchmarks.code_graph.parse", bench.root])


def measure_update(bench: Bench) -> None:
    """The index again: nothing changed, then one file of PostgreSQL's, or the largest of another tree."""
    spent, postgres = bench.index()
    print(f"nothing changed: {spent.wall:.2f} s, {spent.cpu:.2f} CPU s, PostgreSQL {postgres:.2f} CPU s")
    edited = bench.root / EDITED
    if not edited.exists():
        edited = max(bench.root.rglob("*.c"), key=lambda path: path.stat().st_size)
    with edited.open("a") as file:
        file.write("\nint ankus_bench_added(int x);\nint ankus_bench_added(int x) { return x; }\n")
    spent, postgres = bench.index()
    print(f"one file: {spent.wall:.2f} s, {spent.cpu:.2f} CPU s, PostgreSQL {postgres:.2f} CPU s")
    print(spent.output.strip())
    goal("one file, s", spent.wall)


async def measure_questions() -> None:
    """Hubs and a path over MCP, and the score of the questions."""
    async with server() as client:
        for name in CALLERS:
            arguments = {"symbol": name, "depth": 3, "graph": GRAPH}
            await measure_call(client, "find_callers", arguments, "callers, ms", f"{name}, depth 3")
        ends = {"from_symbol": PATH[0], "to_symbol": PATH[1], "graph": GRAPH}
        await measure_call(client, "find_call_path", ends, "path, ms", " to ".join(PATH))
        print(summary(await ask_all(client, GRAPH)))


async def measure_call(client: Client, tool: str, arguments: dict[str, Any], name: str, what: str) -> None:
    """The median of some turns of one call, the first left out, beside the goal `name`."""
    took, text = [], ""
    for _ in range(TURNS + 1):
        begin = time.perf_counter()
        try:
            text, _ = await answer(client, tool, arguments)
        except Refused as error:
            print(f"{tool} {what}: cannot be measured: {error}")
            return
        took.append((time.perf_counter() - begin) * 1000)
    print(f"{tool}: {text.splitlines()[0]}")
    goal(name, statistics.median(took[1:]), f"{tool} {what}")


def measure_peers(root: Path, work: Path, truth: Truth | None) -> None:
    """Each peer that can be had: cost, and recall of the truth's calls where it tells callers."""
    for outcome in had(root, work, truth):
        spent = outcome.spent
        print(f"{outcome.name}: {spent.cpu:.1f} CPU s, {spent.wall:.1f} s, {spent.memory:.0f} MiB")
        if truth is not None and outcome.calls is not None:
            recall, wanted = peers.recall_of(outcome.calls, truth)
            print(f"{outcome.name}: recall {recall:.3f} of {wanted:,} calls")


def had(root: Path, work: Path, truth: Truth | None) -> Iterator[peers.Outcome]:
    """The peers that run here; of the others it is said why not."""
    runs: dict[str, Callable[[], peers.Outcome]] = {
        "universal-ctags": lambda: peers.ctags(root, work),
        "cscope": lambda: peers.cscope(root, work, truth),
        "codegraph": lambda: peers.codegraph(root, work),
    }
    for name, run in runs.items():
        try:
            yield run()
        except (peers.Absent, Failed) as error:
            print(f"{name}: cannot be measured here: {error}")


def goal(name: str, value: float, what: str = "") -> None:
    """Prints a figure beside its goal."""
    verdict = "reached" if value <= GOALS[name] else "MISSED"
    print(f"{what or name}: {value:.2f}; goal at most {GOALS[name]:g} ({name}): {verdict}")


if __name__ == "__main__":
    app()
