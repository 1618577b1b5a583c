"""`search_code`: one search, by the mode that is asked for or that the query's form asks for."""

import dataclasses
from functools import partial

import anyio.to_thread
from psycopg import sql

from ankus_code_graph.errors import BadQuery
from ankus_code_graph.prose import first_sentence
from ankus_code_graph.search import meaning, shown
from ankus_code_graph.search.embedder import Embedder
from ankus_code_graph.search.index import DOCUMENTS
from ankus_code_graph.search.paths import path_filter
from ankus_code_graph.search.pattern import read_mode, regex_finder, text_finder
from ankus_code_graph.search.request import Search
from ankus_code_graph.search.scan import Scan, scan
from ankus_code_graph.search.shown import FoundLine, FoundSymbol
from ankus_code_graph.search.symbols import SPANNING, spans, symbols_of
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.store.registry import GraphInfo
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection


async def search_code(graphs: Graphs, search: Search, embedder: Embedder | None = None) -> Answer:
    """Search a graph.

    Raises:
        BadQuery: If the query is blank, no regular expression, or `kind` has no lines to search in.
        UnknownGraph: If there is no such graph.
    """
    if not search.query.strip():
        raise BadQuery("The query is blank.", hint="Give a name, a piece of code, or a question.")
    mode = read_mode(search.query) if search.mode == "auto" else search.mode
    asked = dataclasses.replace(search, mode=mode)
    if mode == "meaning":
        return await _by_meaning(graphs, asked, embedder)
    answer = await _by_text(graphs, asked)
    if search.mode != "auto" or answer.structured["total"]:
        return answer
    return await _by_meaning(graphs, search.but(f"No line has this {mode}.", mode="meaning"), embedder)


async def _by_text(graphs: Graphs, search: Search) -> Answer:
    if search.kind and search.kind not in SPANNING:
        raise BadQuery(
            f"A {search.kind} has no lines to search in.",
            hint=f"Give kind as one of {', '.join(SPANNING)}, none, or mode=meaning.",
        )
    async with graphs.reading(search.graph) as (connection, graph):
        files = await _files(connection, graph.name, search.path)
    if not files:
        raise BadQuery(f"The graph {graph.name} has no file in {search.path!r}.", hint=shown.PATHS)
    found, search = await _scanned(graph, files, search)
    async with graphs.reading(graph.name) as (connection, _graph):
        lines = await _around(connection, graph.name, found, search)
    return shown.show_lines(graph, search, lines, found, len(files))


async def _scanned(graph: GraphInfo, files: dict[str, bytes], search: Search) -> tuple[Scan, Search]:
    """Search the files; text that stands nowhere as it is written is searched for in any case."""
    work = partial(scan, graph.root, files)
    if search.mode == "regex":
        return await anyio.to_thread.run_sync(partial(work, regex_finder(search.query), pieces=True)), search
    found = await anyio.to_thread.run_sync(partial(work, text_finder(search.query), pieces=False))
    if found.lines or found.late or "\n" in search.query:
        return found, search
    finder = text_finder(search.query, ignore_case=True)
    found = await anyio.to_thread.run_sync(partial(work, finder, pieces=True))
    return found, search.but("Nowhere as it is written: upper and lower case are taken as one.")


async def _around(connection: Connection, graph: str, found: Scan, search: Search) -> list[FoundLine]:
    """The lines with the symbols around them; where a kind is wanted, those within one of that kind."""
    page = slice(search.offset, search.offset + search.limit)
    lines = found.lines if search.kind else found.lines[page]
    labels = [search.kind] if search.kind else SPANNING
    known = await spans(connection, graph, sorted({line.path for line in lines}), labels)
    placed = [FoundLine(line, known.around(line.path, line.number)) for line in lines]
    if not search.kind:
        return placed
    kept = [line for line in placed if line.symbol is not None]
    found.lines = [line.line for line in kept]
    return kept[page]


async def _files(connection: Connection, graph: str, path: str) -> dict[str, bytes]:
    """path -> hash of the files in a part of the tree, by path."""
    statement = sql.SQL("SELECT path, hash FROM {} ORDER BY path").format(sql.Identifier(graph, "ankus_file"))
    inside = path_filter(path)
    rows = await (await connection.execute(statement)).fetchall()
    return {name: digest for name, digest in rows if inside(name)}


async def _by_meaning(graphs: Graphs, search: Search, embedder: Embedder | None) -> Answer:
    async with graphs.reading(search.graph) as (connection, graph):
        ranking = await meaning.rank(connection, graph.name, search.query, search.path, search.kind, embedder)
        page = ranking.ids[search.offset : search.offset + search.limit]
        symbols = await symbols_of(connection, graph.name, page)
        comments = await _comments(connection, graph.name, page)
    found = [
        FoundSymbol(
            symbols[number],
            first_sentence(comments.get(number, ""), symbols[number].name),
            {arm: ranks[number] for arm, ranks in ranking.arms.items() if number in ranks},
        )
        for number in page
        if number in symbols
    ]
    return shown.show_symbols(graph, search, found, ranking)


async def _comments(connection: Connection, graph: str, ids: list[int]) -> dict[int, str]:
    statement = sql.SQL("SELECT id, left(comment, 2000) FROM {} WHERE id = ANY (%s)").format(
        sql.Identifier(graph, DOCUMENTS)
    )
    return dict(await (await connection.execute(statement, [ids])).fetchall())
