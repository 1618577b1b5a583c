"""Do hints help? The 22 queries of TPC-H, each with the best of many hint sets: `make bench-hints`.

    python -m benchmarks.bench_hints [--scale 0.1] [--seconds 600] [--database-url URL]

TPC-H's tables, made by tpchgen-cli, in Debian 13's PostgreSQL 17 with pg_hint_plan (or in the server of
`--database-url`, as a superuser, who makes the database `tpch` there). For each query: hint sets from the
deterministic proposer, one run each to choose three, those measured in nine interleaved rounds against the
query itself, and what wins measured again on fresh runs. Only what wins twice, with the same rows, counts.
Beside that each query is measured against itself in the same way: how often that is called a gain is the
false-gain rate, which is to be at most 5%.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import anyio
import psycopg
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.table import Table

from ankus_postgres_sql.database import Database, open_database
from ankus_postgres_sql.hints import printer
from ankus_postgres_sql.hints.arms import Arm, arm_for, has_extension
from ankus_postgres_sql.hints.measure import Judgement, Measurement, Runner, Trial, measure, typical_ms
from ankus_postgres_sql.hints.propose import propose
from ankus_postgres_sql.hints.stats import DEAD_ZONE
from ankus_postgres_sql.plans.explain import ask_plan, explain_prefix, explainable
from ankus_postgres_sql.query import guarded
from ankus_postgres_sql.results.bind import Bound
from ankus_postgres_sql.settings import Settings
from ankus_postgres_sql.statement import Statement
from ankus_shared.postgres import Connection, ensure_reader
from ankus_shared.postgres.roles import READER
from tests.fixtures import debian17

FOLDER = Path(__file__).with_name("tpch")
TABLES = ("region", "nation", "part", "supplier", "partsupp", "customer", "orders", "lineitem")
ARMS = 3
"""Hint sets of a query that are measured after one run of each."""
PROMISING = 1.1
"""How many times faster a set has to be in its one run to be among them."""
SEARCH = 0.35
"""Share of a query's time for the single runs; as much again for the query against itself."""


@dataclass(frozen=True)
class Outcome:
    """What was found for one query."""

    number: int
    found: Measurement
    itself: Measurement
    tried: int


def main() -> None:
    """Run the benchmark and print its tables."""
    options = argparse.ArgumentParser(prog="bench_hints", description=(__doc__ or "").split("\n")[0])
    options.add_argument("--scale", type=float, default=0.1, help="TPC-H scale factor (1 is about 1 GB)")
    options.add_argument("--seconds", type=float, default=600.0, help="time for all queries together")
    options.add_argument("--database-url", help="a superuser's URL of a server to use instead")
    chosen = options.parse_args()
    console = Console(width=max(110, Console().width), soft_wrap=True)
    with server(chosen.database_url) as admin:
        console.print(f"Loading TPC-H at scale {chosen.scale} …")
        reader = load(admin, chosen.scale)
        outcomes = anyio.run(measure_all, reader, chosen.seconds, console)
    report(console, outcomes)


@contextmanager
def server(url: str | None) -> Iterator[str]:
    """The given server, or Debian 13's PostgreSQL 17 in a chroot; its superuser's URL."""
    if url:
        yield url
        return
    try:
        with debian17.debian_17(debian17.unpacked(debian17.default_folder())) as socket:
            yield f"postgresql://postgres@/postgres?host={quote(str(socket), safe='')}"
    except debian17.Missing as reason:
        sys.exit(f"PostgreSQL 17 of Debian 13 cannot be made: {reason}. Give --database-url.")


def load(admin: str, scale: float) -> str:
    """Make the database `tpch` anew; the reader's conninfo."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS tpch")
        connection.execute("CREATE DATABASE tpch")
    own = make_conninfo(admin, dbname="tpch")
    with psycopg.connect(own, autocommit=True) as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute((FOLDER / "schema.sql").read_bytes())
        generate = [
            str(Path(sys.executable).with_name("tpchgen-cli")),
            "-s",
            str(scale),
            "--output-dir",
            folder,
        ]
        subprocess.run(generate, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for table in TABLES:
            copy(connection, table, Path(folder) / f"{table}.tbl")
        for command in filter(str.strip, (FOLDER / "indexes.sql").read_text().split(";")):
            connection.execute(command.encode())
        ensure_reader(connection, own_database=True)
        # The packages of the chroot have no LLVM, and compilation is no matter of hints.
        connection.execute(f"ALTER ROLE {READER} IN DATABASE tpch SET jit = off".encode())
    return make_conninfo(admin, dbname="tpch", user=READER)


def copy(connection: psycopg.Connection, table: str, file: Path) -> None:
    """Load one file of tpchgen-cli, whose lines end with a bar."""
    with (
        connection.cursor().copy(f"COPY {table} FROM STDIN (DELIMITER '|')".encode()) as stream,
        file.open() as lines,
    ):
        for line in lines:
            stream.write(line.removesuffix("|\n") + "\n" if line.endswith("|\n") else line)


def queries() -> list[tuple[int, str]]:
    """The queries by number."""
    parts = re.split(r"^-- (\d+)$", (FOLDER / "queries.sql").read_text(), flags=re.MULTILINE)
    return [(int(number), text.strip()) for number, text in zip(parts[1::2], parts[2::2], strict=True)]


async def measure_all(url: str, seconds: float, console: Console) -> list[Outcome]:
    """Every query within an equal share of the time that is left, cheap ones first."""
    end = time.monotonic() + seconds
    outcomes = []
    async with open_database(Settings(database_url=url, statement_timeout=120)) as database:
        todo = await by_cost(database, queries())
        for place, (number, text) in enumerate(todo):
            share = (end - time.monotonic()) / (len(todo) - place)
            outcomes.append(await measure_one(database, number, text, share))
            console.print(f"query {number}: {outcomes[-1].tried} hint sets tried")
    return sorted(outcomes, key=lambda outcome: outcome.number)


async def by_cost(database: Database, todo: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The queries in the order of what the planner expects them to cost."""
    costs = {}
    for number, text in todo:
        statement, _ = explainable(text)
        async with guarded(database, statement) as connection:
            plan = await ask_plan(database, connection, explain_prefix(analyze=False) + statement.text)
        costs[number] = plan.cost
    return sorted(todo, key=lambda query: costs[query[0]])


async def measure_one(database: Database, number: int, text: str, seconds: float) -> Outcome:
    """Search, measure and retest for one query; then the query against itself."""
    statement, _ = explainable(text)
    begin = time.monotonic()
    async with guarded(database, statement) as connection:
        runner = Runner(database, connection, Bound(statement.text), begin + SEARCH * seconds)
        arms, tried = await search(runner, connection, statement)
        runner.deadline, runner.limit_ms = begin + (1 - SEARCH) * seconds, 0.0
        found = await measure(runner, arms)
        runner.deadline, runner.limit_ms = begin + seconds, 0.0
        itself = await measure(runner, [(f"itself {arm}", Arm()) for arm in range(ARMS)])
    return Outcome(number, found, itself, tried)


async def search(
    runner: Runner, connection: Connection, statement: Statement
) -> tuple[list[tuple[str, Arm]], int]:
    """The most promising hint sets by one run of each that gives another plan, and how many were tried."""
    plan = await ask_plan(runner.database, connection, explain_prefix(analyze=True) + statement.text)
    loaded = await has_extension(connection)
    original = Trial(Arm(), "")
    for _ in range(3):
        await runner.time(original)
    runner.limit_ms = max(100.0, typical_ms(original))  # what is slower than the original needs no time
    trials: list[Trial] = []
    for hints in propose(plan):
        arm = arm_for(hints, loaded)
        if runner.in_time() and not arm.unsaid:
            trials.append(Trial(arm, printer.hint_plan(hints)))
            await runner.time(trials[-1])
    return [(trial.name, trial.arm) for trial in best_of(original, trials)], len(trials)


def best_of(original: Trial, trials: Sequence[Trial]) -> list[Trial]:
    """The fastest trials with plans of their own, at most `ARMS`."""
    by_shape: dict[tuple[str, ...], Trial] = {}
    for trial in sorted((trial for trial in trials if trial.times), key=typical_ms):
        if trial.shape != original.shape and typical_ms(trial) * PROMISING <= typical_ms(original):
            by_shape.setdefault(trial.shape, trial)
    return list(by_shape.values())[:ARMS]


def report(console: Console, outcomes: Sequence[Outcome]) -> None:
    """The queries, the workload's ratio, and how often a query beat itself."""
    table = Table(title="Best hint set against none: times are medians, times faster with 95% intervals")
    for heading in ("query", "none, ms", "sets", "first", "retest", "verdict", "best hint set"):
        table.add_column(heading, justify="left" if heading == "best hint set" else "right")
    without = with_hints = 0.0
    for outcome in outcomes:
        best = outcome.found.best()
        original = typical_ms(outcome.found.original)
        without += original
        with_hints += original / best.retest.value if best and best.retest else original
        table.add_row(*row(outcome, best, original))
    console.print(table)
    gains = sum(outcome.found.best() is not None for outcome in outcomes)
    console.print(
        f"Workload: {without:.0f} ms without hints, {with_hints:.0f} ms with the confirmed ones:"
        f" {without / with_hints:.2f} times faster; {gains} of {len(outcomes)} queries gained."
    )
    report_false_gains(console, outcomes)


def row(outcome: Outcome, best: Judgement | None, original: float) -> tuple[str, ...]:
    """One query's line: the confirmed best set, or the nearest to one."""
    judged = best or max(
        outcome.found.judgements, key=lambda j: j.first.value if j.first else 0.0, default=None
    )
    head = (str(outcome.number), f"{original:.1f}", str(outcome.tried))
    if judged is None:
        return (*head, "", "", "none better", "")
    first, retest = (ratio.text if ratio else "" for ratio in (judged.first, judged.retest))
    return (*head, first, retest, judged.result, judged.trial.name if best else "")


def report_false_gains(console: Console, outcomes: Sequence[Outcome]) -> None:
    """How often the query itself was called a gain over itself."""
    judged = [judgement for outcome in outcomes for judgement in outcome.itself.judgements]
    sure = [judgement for judgement in judged if judgement.result != "unknown"]
    first = sum(1 for judgement in judged if judgement.first and judgement.first.result == "faster")
    final = sum(judgement.result == "faster" for judgement in judged)
    console.print(
        f"False gains at threshold {DEAD_ZONE}: {first} of {len(judged)} before the retest,"
        f" {final} after it: {final / max(1, len(sure)):.1%} (goal: at most 5%)."
        f" {len(judged) - len(sure)} measurements had too little time."
    )


if __name__ == "__main__":
    main()
