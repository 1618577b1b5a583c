"""Where documents live: what is made, who may read and write it, and what is said where it cannot be."""

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ankus_docs_rag.errors import NotWritable, NoVectors, UnknownSource
from ankus_docs_rag.settings import ReadSettings, StoreSettings
from ankus_docs_rag.store.connect import READER
from ankus_docs_rag.store.docs import Docs, open_docs
from ankus_docs_rag.store.writer import Writer, open_writer
from ankus_shared.errors import SettingsError
from ankus_shared.postgres import MigrationError
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.embedders import WordTokenizer
from tests.docs_rag.made import file, put
from tests.fixtures.db import Server

OWL = file("owls", {"food": "mice"})
TABLES = ("source", "page", "passage", "piece", "model", "vector_1")


@pytest.fixture
def roles(each_docs_database: DocsDatabase) -> tuple[str, str]:
    """The URLs of a writer and a reader without further rights, where an administrator made pgvector."""
    name = each_docs_database.name
    with each_docs_database.server.admin(name) as admin:
        admin.execute("CREATE EXTENSION vector")
        for role in (f"writer_{name}", f"reader_{name}"):
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        may = sql.SQL("GRANT CREATE ON DATABASE {} TO {}")
        admin.execute(may.format(sql.Identifier(name), sql.Identifier(f"writer_{name}")))
    url = each_docs_database.server.url
    return url(name, f"writer_{name}"), url(name, f"reader_{name}")


async def test_one_role_without_privileges_writes_and_another_only_reads(
    roles: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "url").write_text(roles[0])
    settings = StoreSettings(database_url=roles[1], index_url_file=tmp_path / "url")
    with open_writer(settings, WordTokenizer) as writer:
        put(writer, [OWL])
    async with open_docs(ReadSettings(database_url=roles[1])) as docs:
        async with docs.reading() as connection:
            for table in TABLES:
                found = await connection.execute(f"SELECT count(*) FROM {table}".encode())
                assert await found.fetchone() == (1,)
            nearest = "SELECT v <=> v, '{1:1}/9'::sparsevec <#> '{1:1}/9' FROM vector_1"
            assert await (await connection.execute(nearest)).fetchone() == (0.0, -1.0)
        async with docs.pool.connection() as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute("DELETE FROM ankus_docs.page")
    with (
        pytest.raises(NotWritable),
        open_writer(StoreSettings(database_url=roles[1]), WordTokenizer) as other,
    ):
        put(other, [OWL, file("bears", {"food": "fish"})])


async def test_reading_is_read_only_even_for_a_superuser(writer: Writer, docs: Docs) -> None:
    put(writer, [OWL])
    async with docs.reading() as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await connection.execute("DELETE FROM page")


async def test_a_reader_sees_one_snapshot_in_all_its_statements(writer: Writer, docs: Docs) -> None:
    put(writer, [OWL])
    async with docs.reading() as connection:
        before = await (await connection.execute("SELECT snapshot, ingested FROM source")).fetchall()
        put(writer, [OWL, file("bears", {"food": "fish"})])
        assert await (await connection.execute("SELECT snapshot, ingested FROM source")).fetchall() == before
        assert await (await connection.execute("SELECT count(*) FROM page")).fetchone() == (1,)
    [source] = await docs.list()
    assert (source.name, source.pages, source.snapshot) == ("made", 2, 2)


async def test_a_database_without_documents_says_how_to_make_some(
    each_docs_database: DocsDatabase,
) -> None:
    async with open_docs(ReadSettings(database_url=each_docs_database.url)) as docs:
        assert await docs.list() == []
        with pytest.raises(UnknownSource, match="ankus-docs-rag ingest"):
            async with docs.reading() as connection:
                await connection.execute("SELECT words <#> '{1:1}/9'::sparsevec FROM passage")


async def test_a_mistake_in_a_query_is_not_taken_for_a_missing_source(writer: Writer, docs: Docs) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        async with docs.reading() as connection:
            await connection.execute("SELECT FROM pages")


async def test_a_server_without_pgvector_is_an_error_that_says_how_to_install_it(debian_15: Server) -> None:
    url = debian_15.url("postgres", "postgres")
    with pytest.raises(NoVectors) as missing, open_writer(StoreSettings(database_url=url), WordTokenizer):
        pass
    assert "apt install" in missing.value.hint
    with pytest.raises(NoVectors):
        await open_docs(ReadSettings(database_url=url)).__aenter__()


async def test_a_wrong_setting_of_postgresql_is_told(docs_database: DocsDatabase) -> None:
    with pytest.raises(SettingsError, match="--work-mem"):
        await open_docs(ReadSettings(database_url=docs_database.url, work_mem="much")).__aenter__()


async def test_a_fresh_data_directory_becomes_a_store_whose_reader_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path))
    async with open_docs(ReadSettings()) as docs:
        assert await docs.list() == []
        with open_writer(StoreSettings(), WordTokenizer) as writer:
            put(writer, [OWL])
        async with docs.reading() as connection:
            who = await (await connection.execute("SELECT current_user, count(*) FROM vector_1")).fetchone()
        assert who == (READER, 1)
        for statement in ("DELETE FROM ankus_docs.page", "CREATE TABLE ankus_docs.mine (id int)"):
            async with docs.pool.connection() as connection:
                await connection.execute("SET default_transaction_read_only = off")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    await connection.execute(statement.encode())


def test_tables_of_another_version_are_not_taken_for_a_missing_right(
    writer: Writer, docs_database: DocsDatabase
) -> None:
    with docs_database.admin() as admin:
        admin.execute("UPDATE ankus_migration SET checksum = 'another'")
    with pytest.raises(MigrationError, match="was changed after it was applied"):
        with open_writer(docs_database.settings(), WordTokenizer):
            pass
