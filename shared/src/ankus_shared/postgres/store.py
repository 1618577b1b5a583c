"""A store of a server's own: a database of the embedded server, or of a server by its URL.

On the embedded server the superuser writes, and a role that we make only reads. With a URL its role
reads, and writes where it may, unless another URL is given to write by.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import anyio.to_thread
import psycopg
from psycopg import sql

from ankus_shared.postgres.embedded import EmbeddedServer, embedded_server
from ankus_shared.postgres.pool import Pool, complete_conninfo, open_pool, unavailable
from ankus_shared.postgres.roles import ensure_reader
from ankus_shared.postgres.settings import StoreSettings

SESSION = {"client_connection_check_interval": "500ms"}
"""A call that is cancelled, or a process that is killed, closes its connection: its query ends with it."""
STRONG_READER = "pg_read_all_data"
"""What a superuser's reading runs as."""
Step = Callable[[psycopg.Connection[Any]], None]
_IS_SUPERUSER: LiteralString = "SELECT current_setting('is_superuser') = 'on'"


def _nothing(_: psycopg.Connection[Any]) -> None:
    """The step that a store does not need."""


@dataclass(frozen=True)
class Store:
    """What one server's store is called, and how it is made."""

    application: str
    """As pg_stat_activity shows it."""
    database: str
    """Of the embedded server."""
    reader: str
    """Role of the embedded server that only reads."""
    schemas: tuple[str, ...]
    """What the reader reads."""
    prepare: Step
    """Makes what is missing in the database of a connection that may."""
    check: Step = _nothing
    """Raises where a server that is only read from cannot serve."""
    grant: Step = _nothing
    """Lets the reader of the embedded server do what `schemas` does not tell."""

    @contextlib.contextmanager
    def connect(self, url: str) -> Iterator[psycopg.Connection[Any]]:
        """A connection in autocommit mode.

        Raises:
            DatabaseUnavailable: In one line, without the password.
        """
        conninfo = complete_conninfo(url, application_name=self.application, session=SESSION)
        try:
            connection = psycopg.connect(conninfo, autocommit=True)
        except psycopg.OperationalError as error:
            raise unavailable(error, conninfo) from error
        with connection:
            yield connection

    @contextlib.contextmanager
    def embedded(self) -> Iterator[EmbeddedServer]:
        """The embedded server with the database, made on first use, and the reader's role.

        Raises:
            EmbeddedServerError: If it cannot be started.
        """
        with embedded_server() as server:
            with self.connect(server.url()) as connection:
                _make_database(connection, self.database)
            with self.connect(server.url(self.database)) as connection:
                self.prepare(connection)
                ensure_reader(connection, role=self.reader, schemas=list(self.schemas), own_database=True)
                self.grant(connection)
            yield server

    @contextlib.contextmanager
    def writing(self, settings: StoreSettings) -> Iterator[tuple[psycopg.Connection[Any], str | None]]:
        """A connection that may write, in autocommit mode, and the role that has to be let read.

        Raises:
            DatabaseUnavailable: In one line, if the database is down or refuses the login.
        """
        url = settings.index_url()
        with contextlib.ExitStack() as stack:
            if url is None:
                server = stack.enter_context(self.embedded())
                yield stack.enter_context(self.connect(server.url(self.database))), self.reader
                return
            connection = stack.enter_context(self.connect(url))
            self.prepare(connection)
            yield connection, self._reader_beside(settings, connection)

    @contextlib.asynccontextmanager
    async def reading(
        self, settings: StoreSettings, *, connections: int
    ) -> AsyncIterator[tuple[Pool, str | None]]:
        """A pool to read by, and the role that its transactions have to take on; None for the login role.

        Raises:
            DatabaseUnavailable: In one line, if it is down, unknown or refuses the login.
        """
        async with contextlib.AsyncExitStack() as stack:
            url, role = settings.url(), None
            if url is None:
                context = self.embedded()
                server = await anyio.to_thread.run_sync(context.__enter__)
                stack.push(context.__exit__)
                url = server.url(self.database, self.reader)
            else:
                role = await anyio.to_thread.run_sync(self._weak_role, url)
            pool = open_pool(url, application_name=self.application, session=SESSION, max_size=connections)
            yield await stack.enter_async_context(pool), role

    def _weak_role(self, url: str) -> str | None:
        """The role that a session has to take on to be weak enough, or None."""
        with self.connect(url) as connection:
            self.check(connection)
            row = connection.execute(_IS_SUPERUSER).fetchone()
            return STRONG_READER if row == (True,) else None

    def _reader_beside(self, settings: StoreSettings, writer: psycopg.Connection[Any]) -> str | None:
        """The role that reads, where another one writes."""
        url = settings.url()
        if settings.index_url_file is None or url is None:
            return None
        with self.connect(url) as reader:
            return None if reader.info.user == writer.info.user else reader.info.user


def _make_database(connection: psycopg.Connection[Any], name: str) -> None:
    """Make a database; another process may be doing the same."""
    with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
