"""The tool `recommend_indexes`: candidates, tried one after another, and what each would give and cost."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.errors import UnknownName
from ankus_postgres_sql.query import guarded
from ankus_postgres_sql.statement import Name, parse_statement
from ankus_postgres_sql.syntax import names_at
from ankus_postgres_sql.tuning import catalog
from ankus_postgres_sql.tuning.advice import workload as workloads
from ankus_postgres_sql.tuning.advice.candidates import Candidate, candidates, served_by
from ankus_postgres_sql.tuning.advice.report import Advice, Advised, written
from ankus_postgres_sql.tuning.advice.terms import Wanted, wanted
from ankus_postgres_sql.tuning.advice.verify import Asked, Hypothetical, cost, hypothetical, nodes, plan
from ankus_postgres_sql.tuning.advice.workload import Workload
from ankus_postgres_sql.tuning.advice.writes import as_read
from ankus_postgres_sql.tuning.extensions import extension_schemas, how_to_get
from ankus_postgres_sql.tuning.scope import levels_of
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection

ROUNDS = 4
"""Indexes that are proposed together at most."""
TRIED = 80
"""Candidates that are tried at most."""
LEAST_GAIN = 0.1
LEAST_COST = 30.0
"""A query that costs less, such as one that reads five pages by an index, is not worth another."""
SMALL_BYTES = 128 * 1024
SELECTIVE = 0.1
"""Without hypopg: the share of rows below which an index surely pays."""


@dataclass
class Judged:
    """A query with what it wants, its cost so far, and the plan without any new index."""

    asked: Asked
    wants: list[Wanted]
    before: float
    now: float
    root: dict[str, Any]

    def names(self) -> set[str]:
        """The tables that it reads."""
        return {each.use.relation.label for each in self.wants}


@dataclass
class Trial:
    """All queries and candidates of one call."""

    judged: list[Judged]
    candidates: list[Candidate] = field(default_factory=list)
    served: dict[str, str] = field(default_factory=dict)
    """What is served already: the keys, and by which index."""

    def total(self) -> float:
        """The cost of the whole workload as it is now."""
        return sum(each.now * each.asked.calls for each in self.judged)


async def recommend_indexes(database: Database, text: str = "", table: str = "") -> Answer:
    """Indexes for one query, or for what pg_stat_statements counted; only on one table, if it is given.

    An UPDATE or DELETE is judged as the SELECT that finds its rows.

    Raises:
        AnkusError: If the query is refused, fails, or there is nothing to judge; with what to do next.
    """
    if text:
        text = as_read(text)
        statement = parse_statement(text)
        async with guarded(database, statement, offset=len("EXPLAIN (FORMAT JSON) ")) as connection:
            advice = await _advised(connection, workloads.one(text, statement), table)
    else:
        async with database.reading() as connection:
            advice = await _advised(connection, await workloads.counted(connection), table)
    return written(advice)


async def _advised(connection: Connection, workload: Workload, table: str) -> Advice:
    trial = await _prepare(connection, workload, table)
    known = await extension_schemas(connection)
    advice = Advice(len(trial.judged), workload.left_out, trial.total())
    advice.served = trial.served
    trigrams = known.get("pg_trgm")
    if any(each.needs for each in trial.candidates) and not trigrams:
        advice.notes.append(
            f"A pattern with % in front needs the extension pg_trgm: {how_to_get('pg_trgm', known)}"
        )
        trial.candidates = [each for each in trial.candidates if not each.needs]
    schema = known.get("hypopg")
    if schema is None:
        advice.notes.append(f"Not verified, as hypopg is not here. {how_to_get('hypopg', known)}")
        advice.advised = list(_reasoned(trial))
        return advice
    async with hypothetical(connection, schema) as made:
        advice.advised = [each async for each in _verified(connection, trial, made)]
        inverted = [each for each in _reasoned(trial) if each.candidate.method != "btree"]
        gained = {each.candidate.relation.label for each in advice.advised}
        advice.advised += [each for each in inverted if each.candidate.relation.label not in gained]
    return advice


async def _prepare(connection: Connection, workload: Workload, table: str) -> Trial:
    """Plan every query and gather the candidates; those that exist are named instead."""
    names: set[Name] = set()
    for _, statement in workload.queries:
        names |= statement.reached.relations
    known = await catalog.load(connection, names)
    only = _only(known, table)
    await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    trial, seen = Trial([]), set[object]()
    for asked, statement in workload.queries:
        root = await plan(connection, asked)
        total = float(root["Total Cost"])
        wants = [
            each for each in wanted(levels_of(statement.tree, known)) if only in ("", each.use.relation.label)
        ]
        trial.judged.append(Judged(asked, wants, total, total, root))
        for each in _new(trial, wants):
            if each.identity() not in seen:
                seen.add(each.identity())
                trial.candidates.append(each)
    return trial


def _only(known: catalog.Catalog, table: str) -> str:
    """The full name of the table that advice is restricted to; empty for all."""
    if not table:
        return ""
    parts = names_at(table.strip(), 0) or [table]
    found = known.find(parts[-2] if len(parts) > 1 else None, parts[-1])
    if found is None:
        raise UnknownName(
            f"The queries read no table {table}.", hint="Leave table empty, or name one that they read."
        )
    return found.label


def _new(trial: Trial, wants: list[Wanted]) -> Iterator[Candidate]:
    """Candidates on tables of some size that no index serves yet."""
    for each in wants:
        if each.use.relation.bytes < SMALL_BYTES:
            continue
        for candidate in candidates(each):
            index = served_by(candidate)
            if index is None:
                yield candidate
            elif not candidate.included:
                keys = f"{candidate.relation.label} ({', '.join(candidate.keys)})"
                trial.served.setdefault(keys, index.name)


async def _verified(connection: Connection, trial: Trial, made: Hypothetical) -> AsyncIterator[Advised]:
    """The candidate that serves best, then the next beside it, as long as one gains enough."""
    left = [each for each in trial.candidates if each.method == "btree"][:TRIED]
    for _ in range(ROUNDS):
        before = trial.total()
        options = [(each, await _tried(connection, trial, made, each)) for each in left]
        good = [each for each in options if _pays(trial, each[1]) and _total(trial, each[1]) < before]
        if not good:
            return
        candidate, costs = min(good, key=lambda each: _burden(each[0], _total(trial, each[1]), before))
        left = [each for each in left if not _alike(each, candidate)]
        number = await made.create(candidate)
        assert number is not None  # it was made a moment ago
        for place, new in costs.items():
            trial.judged[place].now = new
        yield Advised(candidate, await made.size(number), before, trial.total(), verified=True)


def _pays(trial: Trial, costs: dict[int, float]) -> bool:
    """Whether some query that costs enough gains enough."""
    return any(
        trial.judged[place].now >= LEAST_COST and new <= (1 - LEAST_GAIN) * trial.judged[place].now
        for place, new in costs.items()
    )


def _total(trial: Trial, costs: dict[int, float]) -> float:
    """The cost of the whole workload where some queries cost something else."""
    return sum(costs.get(place, each.now) * each.asked.calls for place, each in enumerate(trial.judged))


def _burden(candidate: Candidate, after: float, before: float) -> float:
    """What is left of the cost, and a charge: each further key must save a tenth, INCLUDE more."""
    charge = after * (0.1 * (len(candidate.keys) - 1) + (0.05 if candidate.predicate else 0))
    return after + charge + (0.05 * before if candidate.included else 0)


def _alike(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates are so alike that nobody would make both: one begins with the other's keys."""
    if one.relation.label != other.relation.label:
        return False
    shorter = min(len(one.keys), len(other.keys))
    return one.keys[:shorter] == other.keys[:shorter]


async def _tried(
    connection: Connection, trial: Trial, made: Hypothetical, candidate: Candidate
) -> dict[int, float]:
    """What each query that reads the table costs with the candidate; nothing where it cannot be made."""
    number = await made.create(candidate)
    if number is None:
        return {}
    try:
        return {
            place: await cost(connection, each.asked)
            for place, each in enumerate(trial.judged)
            if candidate.relation.label in each.names()
        }
    finally:
        await made.drop(number)


def _reasoned(trial: Trial) -> Iterator[Advised]:
    """Without a planner's word: the best candidate of each scanned table, where it leaves few rows."""
    scanned = {
        f"{node.get('Relation Name')}"
        for each in trial.judged
        for node in nodes(each.root)
        if node["Node Type"] == "Seq Scan"
    }
    taken: set[tuple[str, str]] = set()
    for candidate in sorted(
        trial.candidates, key=lambda each: (bool(each.predicate), each.share * (1 + 0.1 * len(each.keys)))
    ):
        key = (candidate.relation.label, candidate.method)
        if key in taken or candidate.included or candidate.share > SELECTIVE:
            continue
        if candidate.relation.name in scanned or candidate.relation.kind == "p":
            taken.add(key)
            yield Advised(candidate, _size(candidate), 0, 0, verified=False)


def _size(candidate: Candidate) -> int:
    """About how many bytes: entries with a head of 12, pages nine tenths full; GIN three times the column."""
    relation = candidate.relation
    width = sum(relation.columns[each].width for each in candidate.columns) or 8
    entry = 12 + -(-width // 8) * 8 if candidate.method == "btree" else 3 * width
    return int(relation.rows * candidate.predicate_share * entry / 0.9) + 8192
