"""Where the documents live: the schema ankus_docs of a database with pgvector, made by migrations."""

from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from ankus_docs_rag.errors import NotWritable, NoVectors
from ankus_shared.postgres import MigrationError, Store, migrate

SCHEMA = "ankus_docs"
READER = "ankus_docs_reader"
LEAST = (0, 8)
"""Version of pgvector that has sparse vectors, half-precision ones and scans that go on until enough fit."""
INSTALL = (
    "Install pgvector 0.8 or later on the database server (Debian 13: apt install postgresql-17-pgvector; "
    "else https://github.com/pgvector/pgvector), or leave ANKUS_DATABASE_URL out to use the embedded "
    "server, which has it."
)
_LOCK = 0x646F6373  # "docs"
_AVAILABLE: LiteralString = "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
_MADE: LiteralString = """
SELECT e.extversion, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'vector'"""


def prepare(connection: Connection[Any]) -> None:
    """Make what is missing in the database: pgvector, the schema, its tables; names then mean what is there.

    Raises:
        NoVectors: If the server has no pgvector, or one that is too old.
        NotWritable: If the role may not make them.
    """
    connection.execute("SET client_min_messages = warning")
    try:
        # Two processes that make the same extension or schema at once: one of them fails
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        _make_extension(connection)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        connection.execute(sql.SQL("SET search_path = {}").format(search_path(connection)))
        migrate(connection, "ankus_docs_rag", "sql/migrations")
    except psycopg.errors.InsufficientPrivilege as error:
        raise _not_writable(connection, error) from error
    except MigrationError as error:
        if not isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            raise
        raise _not_writable(connection, error) from error
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def check(connection: Connection[Any]) -> None:
    """Refuse a server that has no pgvector with sparse vectors, made or to be made.

    Raises:
        NoVectors: If it has not.
    """
    found = connection.execute(_MADE).fetchone() or connection.execute(_AVAILABLE).fetchone()
    if found is None:
        raise NoVectors("This PostgreSQL has no pgvector, in which documents are searched.", hint=INSTALL)
    version = str(found[0])
    if tuple(int(part) for part in version.split(".")[:2]) < LEAST:
        raise NoVectors(f"pgvector {version} is too old to filter what is near.", hint=INSTALL)


def search_path(connection: Connection[Any]) -> sql.Composed:
    """The schemas of our tables and of pgvector's types, as SET search_path takes them."""
    found = connection.execute(_MADE).fetchone()
    schemas = [SCHEMA, *([] if found is None else [found[1]]), "pg_catalog"]
    return sql.SQL(", ").join(map(sql.Identifier, schemas))


def grant_reading(connection: Connection[Any], reader: str) -> None:
    """Let a role read all our tables that there are now."""
    names = {"schema": sql.Identifier(SCHEMA), "role": sql.Identifier(reader)}
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**names))
    connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}").format(**names))


def _make_extension(connection: Connection[Any]) -> None:
    check(connection)
    if connection.execute(_MADE).fetchone() is None:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")


def _not_writable(connection: Connection[Any], error: Exception) -> NotWritable:
    user, database = connection.info.user, connection.info.dbname
    return NotWritable(
        f"The role {user} may not make documents in the database {database}: {error}",
        hint=f"GRANT CREATE ON DATABASE {database} TO {user} (and an administrator's CREATE EXTENSION "
        "vector), or give a role that may by --index-url-file.",
    )


STORE = Store(
    application="ankus-docs-rag",
    database="docs_rag",
    reader=READER,
    schemas=(SCHEMA,),
    prepare=prepare,
    check=check,
)
