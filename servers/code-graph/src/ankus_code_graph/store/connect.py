"""Where the graphs live: the embedded server, or a server with Apache AGE by its URL.

A session needs AGE's library before it can parse Cypher. LOAD is for superusers, but the first use of a
function of AGE's loads it too, for everybody: hence `LOAD_AGE`.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from ankus_code_graph.errors import AgeMissing, NotWritable
from ankus_code_graph.settings import StoreSettings
from ankus_shared.postgres import MigrationError, Store, migrate

READER = "ankus_code_reader"
SCHEMA = "ankus_code_graph"
LOAD_AGE: LiteralString = "SELECT '1'::ag_catalog.agtype"
USE_INDEXES: LiteralString = """
SELECT set_config('age.enable_containment', 'off', true)
 WHERE has_parameter_privilege(current_user, 'age.enable_containment', 'SET')"""
"""Lets (a {name: 'x'}) use an index on name; without it AGE asks for properties @> '{"name": "x"}'."""
PATH: LiteralString = "SET search_path = ag_catalog, pg_catalog"
INSTALL_AGE = (
    "Install Apache AGE on the database server (Debian: apt install postgresql-17-age; else "
    "https://age.apache.org), or leave ANKUS_DATABASE_URL out to use the embedded server, which has it."
)
_LOCK = 0x636F6465  # "code"


@contextlib.contextmanager
def writing_connection(settings: StoreSettings) -> Iterator[tuple[Connection[Any], str | None]]:
    """A connection that may write graphs, in autocommit mode, and the role that has to be let read them.

    Raises:
        DatabaseUnavailable: In one line, if the database is down or refuses the login.
        AgeMissing: If the server has no AGE.
        NotWritable: If the role may not make schemas.
    """
    with STORE.writing(settings) as (connection, reader):
        connection.execute(f"{LOAD_AGE}; {PATH}")
        yield connection, reader


def prepare(connection: Connection[Any]) -> None:
    """Make what is missing in the database of `connection`: AGE, pg_textsearch where there is one, tables.

    Raises:
        AgeMissing: If the server has no AGE.
        NotWritable: If the role may not make them.
    """
    connection.execute("SET client_min_messages = warning")
    try:
        # Two processes that make the same extension or schema at once: one of them fails
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        _make_extensions(connection)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(SCHEMA)))
        migrate(connection, "ankus_code_graph", "sql/migrations")
    except (psycopg.errors.InsufficientPrivilege, MigrationError) as error:
        raise _not_writable(connection, error) from error
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def check_age(connection: Connection[Any]) -> None:
    """Refuse a server that has no AGE at all, made or to be made.

    Raises:
        AgeMissing: If it has not.
    """
    found = connection.execute("SELECT FROM pg_available_extensions WHERE name = 'age'").fetchone()
    if found is None:
        raise AgeMissing("This PostgreSQL has no Apache AGE, in which graphs are kept.", hint=INSTALL_AGE)


def _make_extensions(connection: Connection[Any]) -> None:
    """AGE, which is needed, and pg_textsearch, which is welcome where it can be had."""
    rows = connection.execute("SELECT extname FROM pg_extension").fetchall()
    made = {name for (name,) in rows}
    if "age" not in made:
        check_age(connection)
        connection.execute("CREATE EXTENSION IF NOT EXISTS age")
    if "pg_textsearch" not in made:
        with contextlib.suppress(psycopg.Error):  # not there, not preloaded, or not for this role
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_textsearch")


def _let_use_indexes(connection: Connection[Any]) -> None:
    """Let our reader say `USE_INDEXES`, which is a superuser's to set."""
    connection.execute(LOAD_AGE)  # until then there is no such parameter
    has = "SELECT has_parameter_privilege(%s, 'age.enable_containment', 'SET')"
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if connection.execute(has, [READER]).fetchone() == (False,):
            statement = sql.SQL("GRANT SET ON PARAMETER age.enable_containment TO {}")
            connection.execute(statement.format(sql.Identifier(READER)))


def _not_writable(connection: Connection[Any], error: Exception) -> NotWritable:
    user = connection.info.user
    return NotWritable(
        f"The role {user} may not make graphs in the database {connection.info.dbname}: {error}",
        hint=f"GRANT CREATE ON DATABASE {connection.info.dbname} TO {user} (and an administrator's CREATE "
        "EXTENSION age), or give a role that may by --index-url-file.",
    )


STORE = Store(
    application="ankus-code-graph",
    database="code_graph",
    reader=READER,
    schemas=("ag_catalog", SCHEMA),
    prepare=prepare,
    check=check_age,
    grant=_let_use_indexes,
)
