"""Search by meaning: documents ranked by words and by vectors, fused by reciprocal ranks."""

import re
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from ankus_code_graph.errors import EmbedderUnavailable
from ankus_code_graph.named import named
from ankus_code_graph.query.view import ids_of
from ankus_code_graph.search.embedder import Embedder
from ankus_code_graph.search.index import DOCUMENTS, find_bm25
from ankus_code_graph.search.paths import like_patterns
from ankus_code_graph.search.vectors import VECTORS, find_vectors
from ankus_code_graph.search.words import query_text
from ankus_shared.postgres import Connection

CANDIDATES = 200
"""Documents of each arm that are fused; a search by meaning has no more pages than they fill."""
_SCORED = 20_000
_SMOOTHING = 60
"""Of reciprocal rank fusion: https://doi.org/10.1145/1571941.1572114"""
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_LATIN = re.compile("[a-z]", re.IGNORECASE)


@dataclass
class Ranking:
    """What was found: ids, best first, each arm's ranks from 1, and what has to be said of the search."""

    ids: list[int]
    arms: dict[str, dict[int, int]]
    notes: list[str] = field(default_factory=list)


async def rank(
    connection: Connection, graph: str, query: str, path: str, kind: str, embedder: Embedder | None
) -> Ranking:
    """Rank the documents of a graph for a question."""
    low, high = ids_of(kind) if kind else (None, None)
    filters = {"low": low, "high": high, "paths": like_patterns(path)}
    arms, notes = dict[str, dict[int, int]](), list[str]()
    name, ids = await _by_words(connection, graph, query, filters)
    arms[name] = _ranks(ids)
    if embedder is not None:
        ids, note = await _by_vectors(connection, graph, query, filters, embedder)
        arms |= {"vectors": _ranks(ids)} if note is None else {}
        notes += [note] if note else []
    if "vectors" not in arms and _CYRILLIC.search(query):
        notes.append(_russian(query))
    return Ranking(fused(arms), arms, notes)


def fused(arms: dict[str, dict[int, int]]) -> list[int]:
    """The ids of all arms by the sum of their reciprocal ranks, the best first."""
    scores = dict[int, float]()
    for ranks in arms.values():
        for number, place in ranks.items():
            scores[number] = scores.get(number, 0.0) + 1 / (_SMOOTHING + place)
    return sorted(scores, key=lambda number: (-scores[number], number))


async def _by_words(
    connection: Connection, graph: str, query: str, filters: dict[str, Any]
) -> tuple[str, list[int]]:
    """The name of the arm, and the ids that it finds."""
    parameters = {"words": query_text(query), "most": CANDIDATES, "scored": _SCORED, **filters}
    documents = sql.Identifier(graph, DOCUMENTS)
    bm25 = await find_bm25(connection, graph)
    if bm25 is None:
        statement = named("search/text", documents=documents)
        return "words", await _ids(connection, statement, parameters)
    operators = sql.Identifier(bm25.schema)
    statement = named("search/bm25", documents=documents, operators=operators)
    # pg_textsearch 1.0 puts a call of its own into a plan by index, without its schema
    path = sql.SQL("SET LOCAL search_path = ag_catalog, pg_catalog, {}").format(operators)
    await connection.execute(path)
    ids = await _ids(connection, statement, parameters | {"index": bm25.name})
    await connection.execute("SET LOCAL search_path = ag_catalog, pg_catalog")
    return "bm25", ids


async def _by_vectors(
    connection: Connection, graph: str, query: str, filters: dict[str, Any], embedder: Embedder
) -> tuple[list[int], str | None]:
    """The ids that vectors find, or why there are none."""
    schema = await find_vectors(connection, graph)
    if schema is None:
        return [], f"The graph has no vectors yet (ankus-code-graph embed {graph}): words alone."
    try:
        vector = await embedder.embed_one(query)
    except EmbedderUnavailable as error:
        return [], f"{error.message} Words alone."
    names = {"vectors": VECTORS, "documents": DOCUMENTS}
    tables = {name: sql.Identifier(graph, table) for name, table in names.items()}
    statement = named("search/vectors", schema=sql.Identifier(schema), **tables)
    given = {"model": embedder.model, "dimensions": len(vector), "vector": str(vector), "most": CANDIDATES}
    ids = await _ids(connection, statement, given | filters)
    if not ids:
        return [], f"No vectors of the model {embedder.model} fit: words alone."
    return ids, None


async def _ids(connection: Connection, statement: sql.Composed, parameters: dict[str, Any]) -> list[int]:
    return [number for (number,) in await (await connection.execute(statement, parameters)).fetchall()]


def _ranks(ids: list[int]) -> dict[int, int]:
    return {number: place for place, number in enumerate(ids, 1)}


def _russian(query: str) -> str:
    found = "its Latin words alone can match" if _LATIN.search(query) else "only Cyrillic comments can match"
    return (
        f"The question is in Cyrillic and no embedder is at work: {found}. Ask with English words, or "
        "configure an embedder that knows both languages (--embedder-url)."
    )
