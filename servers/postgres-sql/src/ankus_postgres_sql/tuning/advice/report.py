"""Index advice as text: the statement, its benefit, its cost, the evidence and the next step."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ankus_postgres_sql.tuning.advice.candidates import Candidate, replaced_by
from ankus_postgres_sql.tuning.findings import number, size
from ankus_shared.answers import Answer


@dataclass(frozen=True)
class Advised:
    """One index that is proposed; costs are the planner's, of all judged queries together."""

    candidate: Candidate
    bytes: int
    before: float
    after: float
    verified: bool


@dataclass
class Advice:
    """All that is proposed for some queries."""

    queries: int
    left_out: int
    cost: float
    advised: list[Advised] = field(default_factory=list)
    served: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def written(advice: Advice) -> Answer:
    """The answer for a model: statements with benefit, cost, evidence and next step."""
    queries = f"{advice.queries} {'query' if advice.queries == 1 else 'queries'}"
    count = f"{len(advice.advised)} {'index' if len(advice.advised) == 1 else 'indexes'}"
    head = f"{count} for {queries} (planner's cost {number(advice.cost)}):"
    parts = [
        head
        if advice.advised
        else f"No new index would help {queries} (planner's cost {number(advice.cost)})."
    ]
    parts += [line for place, each in enumerate(advice.advised, 1) for line in _lines(place, each)]
    parts += [f"served already: {keys} by {index}" for keys, index in list(advice.served.items())[:5]]
    if advice.left_out:
        parts.append(
            f"{advice.left_out} counted queries were left out: hidden, not readable here, or not understood."
        )
    parts += advice.notes
    structured = {
        "indexes": [
            {
                "sql": each.candidate.statement(),
                "verified": each.verified,
                "cost_before": round(each.before, 2),
                "cost_after": round(each.after, 2),
                "bytes": each.bytes,
            }
            for each in advice.advised
        ],
        "queries": advice.queries,
    }
    return Answer("\n".join(parts), structured)


def _lines(place: int, advised: Advised) -> Iterator[str]:
    candidate = advised.candidate
    yield f"{place}. {candidate.statement()};"
    yield f"   benefit: {_benefit(advised)}"
    yield f"   cost: {_cost(advised)}"
    rows = candidate.relation.rows
    few = number(max(rows * candidate.share, 1))
    yield f"   evidence: {candidate.reason}; about {few} of {number(rows)} rows are left to read"
    for index in replaced_by(candidate):
        yield f"   then superfluous: {index.name} ({', '.join(index.keys)}), with which it begins"
    if candidate.relation.kind == "p":
        yield (
            "   next: a partitioned table takes no CONCURRENTLY: CREATE INDEX ON ONLY it, CONCURRENTLY on"
            " each partition, then ALTER INDEX … ATTACH PARTITION."
        )
    else:
        yield (
            "   next: have it run in a quiet hour, then explain_query(analyze=true) on the query;"
            " DROP INDEX CONCURRENTLY if it is not used."
        )


def _benefit(advised: Advised) -> str:
    if not advised.verified:
        kind = advised.candidate.method
        why = "hypopg knows no GIN" if kind == "gin" else "reasoned from ANALYZE's figures"
        return f"unverified ({why}): the table need not be scanned whole"
    return (
        f"planner's cost {number(advised.before)} -> {number(advised.after)}"
        f" (-{1 - advised.after / advised.before:.0%}), verified with a hypothetical index"
    )


def _cost(advised: Advised) -> str:
    """Size, and what writes pay."""
    relation = advised.candidate.relation
    parts = [f"about {size(advised.bytes)}"]
    count = len(relation.indexes)
    parts.append(f"{relation.label} has {count} {'index' if count == 1 else 'indexes'} now")
    parts.append(
        f"{number(relation.inserts)} inserts, {number(relation.updates)} updates and"
        f" {number(relation.deletes)}"
        " deletes were counted, each insert writes one entry more"
    )
    if relation.updates:
        columns = ", ".join(dict.fromkeys([*advised.candidate.columns, *advised.candidate.included]))
        parts.append(
            f"{relation.hot / relation.updates:.0%} of the updates are HOT; those that change"
            f" {columns or 'its keys'}"
            " no longer can be"
        )
    return "; ".join(parts)
