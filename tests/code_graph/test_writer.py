"""Writers: what a killed one leaves, what two of them may do, which names and roles they accept."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ankus_code_graph.errors import AgeMissing, BadGraphName, IndexBusy, NotWritable, UnknownGraph
from ankus_code_graph.model import Changes, FileRecord
from ankus_code_graph.settings import Settings, StoreSettings
from ankus_code_graph.store.graphs import open_graphs
from ankus_code_graph.store.registry import FORMAT
from ankus_code_graph.store.writer import Writer, open_writer
from tests.code_graph.conftest import GraphDatabase
from tests.code_graph.small import quiet, small_changes, store, vertex
from tests.fixtures.db import Server
from tests.fixtures.mcp import ROOT


def contents(database: GraphDatabase) -> list[list[tuple[Any, ...]]]:
    """Everything of the graph `small`, to be compared: vertices, edges, documents, files, registry."""
    queries = (
        "SELECT id, properties FROM small._ag_label_vertex ORDER BY 1",
        "SELECT id, start_id, end_id, properties FROM small._ag_label_edge ORDER BY 1",
        "SELECT * FROM ankus_code_graph.document ORDER BY graph, id",
        "SELECT * FROM ankus_code_graph.file ORDER BY graph, path",
        "SELECT name, root, revision, statistics FROM ankus_code_graph.graph ORDER BY 1",
    )
    with database.admin() as admin:
        admin.execute("SET search_path = ag_catalog, pg_catalog")
        return [admin.execute(query).fetchall() for query in queries]


@pytest.fixture
def half_loaded(each_graph_database: GraphDatabase) -> Iterator[subprocess.Popen[str]]:
    """A process that stands in the middle of its load."""
    command = [sys.executable, "-m", "tests.code_graph.half_load", each_graph_database.url]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdin is not None
    with process:
        yield process
        process.kill()


def test_a_writer_killed_in_mid_load_leaves_the_old_graph_whole(
    each_graph_database: GraphDatabase, request: pytest.FixtureRequest
) -> None:
    with open_writer(each_graph_database.settings()) as writer:
        store(writer, small_changes())
        before = contents(each_graph_database)
        process = request.getfixturevalue("half_loaded")
        assert process.stdout.readline() == "half\n"
        assert contents(each_graph_database) == before
        process.kill()
        process.wait()
        assert contents(each_graph_database) == before
        _wait_until_free(writer)
        store(writer, Changes(removed=[small_changes().vertices[-1].id]))
    assert contents(each_graph_database) != before


def test_a_writer_killed_in_its_first_load_leaves_nothing(
    each_graph_database: GraphDatabase, request: pytest.FixtureRequest
) -> None:
    process = request.getfixturevalue("half_loaded")
    assert process.stdout.readline() == "half\n"
    process.kill()
    process.wait()
    with open_writer(each_graph_database.settings()) as writer:
        assert writer.graphs() == []
        _wait_until_free(writer)
        store(writer, small_changes())
        assert [graph.name for graph in writer.graphs()] == ["small"]


def _wait_until_free(writer: Writer) -> None:
    """Until the server has noticed that its client is gone."""
    while True:
        try:
            with writer.lock("small"):
                return
        except (IndexBusy, BadGraphName):
            continue


def test_a_second_indexer_of_the_same_graph_is_told_at_once(graph_database: GraphDatabase) -> None:
    settings = graph_database.settings()
    with open_writer(settings) as first, open_writer(settings) as second, first.lock("small"):
        with pytest.raises(IndexBusy, match="small is being indexed"), second.lock("small"):
            pass
        store(second, small_changes(), "other")
        assert [graph.name for graph in first.graphs()] == ["other"]


def test_a_lock_ends_with_its_block(writer: Writer) -> None:
    for _ in range(2):
        with writer.lock("small"):
            pass


@pytest.mark.parametrize(
    "name", ["", "ab", "Pg17", "pg 17", "pg-17", "a" * 64, 'x"; DROP', "pg_17", "граф", "abc\n", "../x"]
)
def test_a_name_that_no_graph_can_have_is_refused(writer: Writer, name: str) -> None:
    with pytest.raises(BadGraphName) as refused, writer.lock(name):
        pass
    assert "3 to 63" in refused.value.hint


def test_a_name_that_is_taken_by_others_is_refused(graph_database: GraphDatabase, writer: Writer) -> None:
    with graph_database.admin() as admin:
        admin.execute("SET search_path = ag_catalog, pg_catalog")
        admin.execute("CREATE SCHEMA theirs")
        admin.execute("SELECT create_graph('their_graph')")
    for name in ("theirs", "their_graph", "public", "ag_catalog", "ankus_code_graph", "information_schema"):
        with pytest.raises(BadGraphName, match="no code graph of ours"), writer.lock(name):
            pass


def test_the_longest_name_works(writer: Writer) -> None:
    name = "a" * 63
    store(writer, small_changes(), name)
    assert [graph.name for graph in writer.graphs()] == [name]
    assert writer.drop(name)


def test_changes_take_away_and_add(graph_database: GraphDatabase, writer: Writer) -> None:
    old = small_changes()
    store(writer, old)
    gone, new = old.vertices[-1], vertex("Macro", "CHECK", "err.c", params=None)
    file = FileRecord("err.c", b"h" * 20, 7, 8, b"new facts", b"new rows")
    store(writer, Changes([gone.id, old.edges[-1].id], [new], [], [], [file], ["main.c"]))
    assert writer.files("small") == {"err.c": (b"h" * 20, 7, 8), "parse.c": (old.files[1].hash, 1, 2)}
    assert list(writer.rows("small", ["err.c", "nowhere"])) == [("err.c", b"new rows")]
    assert [path for path, _ in writer.facts("small")] == ["err.c", "parse.c"]
    ids = [int(identity) for identity, _ in contents(graph_database)[0]]
    assert sorted(ids) == sorted([each.id for each in old.vertices if each is not gone] + [new.id])
    store(writer, Changes())
    assert sorted(ids) == sorted(int(identity) for identity, _ in contents(graph_database)[0])


def test_a_vertex_that_changed_is_replaced_with_its_document(
    graph_database: GraphDatabase, writer: Writer
) -> None:
    old = small_changes()
    store(writer, old)
    document = old.documents[0]
    store(writer, Changes([document.id], [v for v in old.vertices if v.id == document.id], [], [document]))
    with graph_database.admin() as admin:
        assert admin.execute("SELECT count(*) FROM ankus_code_graph.document").fetchone() == (4,)


def test_text_that_postgresql_cannot_hold_is_kept_readable(
    graph_database: GraphDatabase, writer: Writer
) -> None:
    path = b"na\xefve\n.c".decode("utf-8", "surrogateescape")
    hostile = vertex("Function", "f\0g", path, signature='quote " back \\ tab \t', external=["\udcff"])
    store(writer, Changes([], [hostile], [], [], [FileRecord(path, b"", 0, 0, b"\0", b"")]))
    with graph_database.admin() as admin:
        admin.execute("SET search_path = ag_catalog, pg_catalog")
        row = admin.execute('SELECT properties FROM small."Function"').fetchone()
    assert row is not None
    assert '"file": "na\\\\udcefve\\n.c"' in row[0]
    assert '"name": "f\ufffdg"' in row[0]
    assert list(writer.files("small")) == ["na\\udcefve\n.c"]


def test_a_graph_of_another_format_is_made_anew(graph_database: GraphDatabase, writer: Writer) -> None:
    store(writer, small_changes())
    with graph_database.admin() as admin:
        admin.execute("UPDATE ankus_code_graph.graph SET format = %s", [FORMAT + 1])
    assert writer.files("small") == {}
    store(writer, Changes(vertices=small_changes().vertices[:1]))
    assert len(contents(graph_database)[0]) == 1


async def test_a_dropped_graph_leaves_nothing_behind(each_graph_database: GraphDatabase) -> None:
    settings = each_graph_database.settings()
    with open_writer(settings) as writer:
        store(writer, small_changes())
        store(writer, small_changes(), "kept")
        assert writer.drop("small")
        assert not writer.drop("small")
    async with open_graphs(settings) as graphs:
        assert [graph.name for graph in await graphs.list()] == ["kept"]
        async with graphs.reading() as (connection, graph):
            found = await (
                await connection.execute("SELECT DISTINCT graph FROM ankus_code_graph.file")
            ).fetchall()
        assert (graph.name, found) == ("kept", [("kept",)])


async def test_a_graph_is_asked_for_by_name_where_there_are_several(graph_database: GraphDatabase) -> None:
    settings = graph_database.settings()
    async with open_graphs(settings) as graphs:
        with pytest.raises(UnknownGraph, match="no graph yet"):
            await graphs.reading().__aenter__()
        with open_writer(settings) as writer:
            store(writer, small_changes(), "one")
            store(writer, small_changes(), "two")
        with pytest.raises(UnknownGraph) as several:
            await graphs.reading().__aenter__()
        assert (several.value.code, several.value.hint) == (
            "ambiguous_graph",
            "Give graph, or set ANKUS_GRAPH, as one of: one, two.",
        )
        with pytest.raises(UnknownGraph, match="no graph 'three'"):
            await graphs.reading("three").__aenter__()


async def test_a_setting_says_which_graph_a_call_without_one_means(graph_database: GraphDatabase) -> None:
    with open_writer(graph_database.settings()) as writer:
        store(writer, small_changes(), "one")
        store(writer, small_changes(), "two")
    async with open_graphs(graph_database.settings(graph="two")) as graphs:
        async with graphs.reading() as (_, meant):
            assert meant.name == "two"
        async with graphs.reading("one") as (_, named):
            assert named.name == "one"


@pytest.fixture
def roles(each_graph_database: GraphDatabase) -> tuple[str, str]:
    """The URLs of a writer and a reader without further rights, on a database whose admin made AGE."""
    name = each_graph_database.name
    names = {"w": f"writer_{name}", "r": f"reader_{name}", "d": name}
    quoted = {key: sql.Identifier(each) for key, each in names.items()}
    with each_graph_database.admin() as admin:
        admin.execute("CREATE EXTENSION age")
        for text in (
            "CREATE ROLE {w} LOGIN",
            "CREATE ROLE {r} LOGIN",
            "GRANT CREATE ON DATABASE {d} TO {w}",
            "GRANT USAGE ON SCHEMA ag_catalog TO {w} WITH GRANT OPTION",
            "GRANT SELECT ON ALL TABLES IN SCHEMA ag_catalog TO {w} WITH GRANT OPTION",
        ):
            admin.execute(sql.SQL(text).format(**quoted))
    url = each_graph_database.server.url
    return url(name, f"writer_{name}"), url(name, f"reader_{name}")


async def test_one_role_without_privileges_writes_and_another_only_reads(
    roles: tuple[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "url"
    file.write_text(roles[0])
    settings = StoreSettings(database_url=roles[1], index_url_file=file)
    with open_writer(settings) as writer:
        store(writer, small_changes())
    query = "SELECT * FROM cypher('small', $$MATCH (a:Function)-[:CALLS]->() RETURN a.name$$) AS (a agtype)"
    async with open_graphs(Settings(database_url=roles[1])) as graphs:
        async with graphs.reading() as (connection, _):
            assert len(await (await connection.execute(query.encode())).fetchall()) == 4
        async with graphs.pool.connection() as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute('DELETE FROM small."CALLS"')
    with pytest.raises(NotWritable), open_writer(StoreSettings(database_url=roles[1])):
        pass


async def test_one_role_may_write_and_read(roles: tuple[str, str]) -> None:
    with open_writer(StoreSettings(database_url=roles[0])) as writer:
        store(writer, small_changes())
    async with open_graphs(Settings(database_url=roles[0])) as graphs, graphs.reading() as (connection, _):
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await connection.execute('DELETE FROM small."CALLS"')


async def test_a_server_without_age_is_an_error_that_says_how_to_install_it(debian_15: Server) -> None:
    url = debian_15.url("postgres", "postgres")
    with pytest.raises(AgeMissing) as missing, open_writer(StoreSettings(database_url=url)):
        pass
    assert "apt install" in missing.value.hint
    with pytest.raises(AgeMissing):
        await open_graphs(Settings(database_url=url)).__aenter__()


def test_progress_grows_to_the_number_of_rows(writer: Writer) -> None:
    seen: list[tuple[str, int, int]] = []
    changes = small_changes()
    total = len(changes.vertices) + len(changes.edges) + len(changes.documents) + len(changes.files)
    store(writer, changes, progress=lambda *step: seen.append(step))
    assert seen == sorted(seen)
    assert seen[-1] == ("store", total, total)
    store(writer, Changes(), progress=quiet)
