"""A database of a test's own with pgvector, and the store of documents over it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ankus_docs_rag.settings import ReadSettings, Settings
from ankus_docs_rag.store.docs import Docs, open_docs
from ankus_docs_rag.store.writer import Writer, open_writer
from tests.docs_rag.embedders import WordTokenizer
from tests.fixtures.db import Server

_numbers = count(1)


@dataclass(frozen=True)
class DocsDatabase:
    """A fresh database on a server that has pgvector."""

    server: Server
    name: str
    url: str = field(repr=False)
    """As the superuser, who reads as pg_read_all_data."""

    def settings(self, **more: Any) -> Settings:
        """Of a server over this database."""
        return Settings(**{"database_url": self.url, **more})

    def admin(self) -> psycopg.Connection[Any]:
        """A superuser's connection in autocommit mode, in which our tables need no schema before them."""
        connection = self.server.admin(self.name)
        connection.execute("SET search_path = ankus_docs, public")
        return connection

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with self.admin() as connection:
            return connection.execute(query.encode(), parameters).fetchall()


@pytest.fixture
def docs_database(embedded: Server) -> Iterator[DocsDatabase]:
    """On the embedded server."""
    yield from _database(embedded)


@pytest.fixture(scope="module")
def shared_docs_database(embedded: Server) -> Iterator[DocsDatabase]:
    """One for all tests of a module, which only read it once it is filled."""
    yield from _database(embedded)


@pytest.fixture(params=["embedded", "debian-17"])
def each_docs_database(request: pytest.FixtureRequest) -> Iterator[DocsDatabase]:
    """On each kind of server that has pgvector."""
    yield from _database(request.getfixturevalue(request.param.replace("-", "_")))


@pytest.fixture
def writer(docs_database: DocsDatabase) -> Iterator[Writer]:
    """Writes into that database."""
    with open_writer(docs_database.settings(), WordTokenizer) as opened:
        yield opened


@pytest.fixture
async def docs(docs_database: DocsDatabase) -> AsyncIterator[Docs]:
    """Reads from that database."""
    async with open_docs(ReadSettings(database_url=docs_database.url)) as opened:
        yield opened


def _database(server: Server) -> Iterator[DocsDatabase]:
    name = f"docs_{next(_numbers)}"
    with server.admin() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield DocsDatabase(server, name, server.url(name, "postgres"))
    finally:
        with server.admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
