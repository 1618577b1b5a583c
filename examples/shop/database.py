"""The example shop into PostgreSQL, whole or not at all.

In the embedded server it is built as database `shop_loading` and renamed; in a database of yours it is one
transaction. The comment on the primary key of `orders` holds the digest: by it a later run knows the
example's tables from tables of yours.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from ankus_shared.errors import DependencyError
from ankus_shared.postgres import EmbeddedServer, embedded_server
from ankus_shared.postgres.pool import complete_conninfo, unavailable
from examples.shop import marker
from examples.shop.generate import SCHEMA, Table, digest, tables

DATABASE = "shop"
PARTIAL = "shop_loading"
_LOCK = 0x73686F70  # "shop"
_LABEL = "Ankus example shop "
_STORED_DIGEST: LiteralString = """
SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint
 WHERE conname = 'orders_pkey' AND conrelid = to_regclass('public.orders')"""


class ExampleError(DependencyError):
    """Raised when the example cannot be loaded; nothing of it is left behind."""

    code = "example_not_loaded"


def load_embedded(*, force: bool = False) -> None:
    """Load database `shop` of the embedded server, unless it is there and up to date; then write the marker.

    Raises:
        ExampleError: If a database of that name is there that is not the example, and `force` is off.
        EmbeddedServerError: If the server does not start.
    """
    with embedded_server() as server, _connected(server.url()) as admin:
        admin.autocommit = True
        admin.execute("SELECT pg_advisory_lock(%s)", [_LOCK])  # let go when the connection closes
        if force or _embedded_digest(server, admin) != marker.DIGEST:
            _build(server, admin)
        with suppress(OSError):  # the disk is full: without the marker the next run asks the server
            marker.write()


def load_into(url: str, *, force: bool = False) -> None:
    """Load the example into schema `public` of the database at `url`, unless it is there.

    Raises:
        ExampleError: If tables of the same names are in the way, or the database refuses.
        DatabaseUnavailable: If the database cannot be reached.
    """
    with _connected(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        made = tables()
        stored = _stored_digest(connection)
        present = [table.name for table in made if _exists(connection, table.name)]
        if present and stored is None:
            raise ExampleError(
                f"Database {connection.info.dbname} has other tables of these names: {', '.join(present)}.",
                hint="Give an empty database.",
            )
        if stored not in (None, marker.DIGEST) and not force:
            raise ExampleError("The database holds an older version of the example.", hint="Add --force.")
        if stored is None or force:
            _drop(connection, present)
            _fill(connection, made)


def _build(server: EmbeddedServer, admin: Connection[Any]) -> None:
    """Make the database under a name of its own, then put it in the place of the old one."""
    partial, final = sql.Identifier(PARTIAL), sql.Identifier(DATABASE)
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(partial))
    admin.execute(sql.SQL("CREATE DATABASE {}").format(partial))
    # so that "on 31 December" means the same rows on every machine
    admin.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'UTC'").format(partial))
    with _connected(server.url(PARTIAL), crash=server.panic) as connection:
        _fill(connection, tables())
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(final))
    admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(partial, final))


def _embedded_digest(server: EmbeddedServer, admin: Connection[Any]) -> str | None:
    """The digest of the database `shop`; None where there is none.

    Raises:
        ExampleError: If the database is not the example.
    """
    if admin.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
        return None
    with _connected(server.url(DATABASE)) as connection:
        stored = _stored_digest(connection)
    if stored is None:
        raise ExampleError(
            f"The embedded server has a database {DATABASE} that is not the example.",
            hint="Rename it, or lose it with --force.",
        )
    return stored


def _fill(connection: Connection[Any], made: Sequence[Table]) -> None:
    """Create and load the tables, set the sequences behind the rows, sign, and gather statistics."""
    started = time.monotonic()
    count = sum(len(table.rows) for table in made)
    _say(f"Loading the example database {DATABASE}: {len(made)} tables, {count:,} rows ...")
    found = digest(made)
    if found != marker.DIGEST:
        raise ExampleError(
            f"The generated rows have digest {found}, not {marker.DIGEST}.",
            hint="Put it into examples/shop/marker.py if you changed the example; else report it.",
        )
    connection.execute("SET LOCAL search_path = public")
    connection.execute(SCHEMA.read_bytes())
    for table in made:
        _copy(connection, table)
    connection.execute(
        sql.SQL("COMMENT ON CONSTRAINT orders_pkey ON orders IS {}").format(sql.Literal(_LABEL + found))
    )
    _say(f"Loaded in {time.monotonic() - started:.1f} s.")


def _copy(connection: Connection[Any], table: Table) -> None:
    name = sql.Identifier(table.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    with connection.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns)) as copy:
        copy.write(table.copy_text)
    first = table.columns[0]
    sequence = connection.execute("SELECT pg_get_serial_sequence(%s, %s)", [table.name, first]).fetchone()
    if sequence is not None and sequence[0] is not None:
        connection.execute("SELECT setval(%s, %s)", [sequence[0], len(table.rows)])
    connection.execute(sql.SQL("ANALYZE {}").format(name))


def _stored_digest(connection: Connection[Any]) -> str | None:
    row = connection.execute(_STORED_DIGEST).fetchone()
    signed = row is not None and (row[0] or "").startswith(_LABEL)
    return row[0].removeprefix(_LABEL) if row is not None and signed else None


def _exists(connection: Connection[Any], table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{table}"]).fetchone()
    return row is not None and bool(row[0])


def _drop(connection: Connection[Any], names: list[str]) -> None:
    if names:
        together = sql.SQL(", ").join(sql.Identifier("public", name) for name in names)
        connection.execute(sql.SQL("DROP TABLE {}").format(together))


@contextmanager
def _connected(url: str, *, crash: Callable[[], str | None] = lambda: None) -> Iterator[Connection[Any]]:
    """A connection whose failures are one clear line; committed at the end, rolled back on a failure.

    Args:
        url: Of the database.
        crash: Says why the server broke the connection, where it does not say so itself.
    """
    conninfo = complete_conninfo(url, application_name="ankus-example-shop", session={})
    try:
        connection = psycopg.connect(conninfo)
    except psycopg.OperationalError as error:
        raise unavailable(error, conninfo) from error
    with connection:
        try:
            yield connection
        except psycopg.Error as error:
            reason = error.diag.message_primary or crash() or " ".join(str(error).split())
            raise ExampleError(f"PostgreSQL refused the example: {reason.rstrip('.')}.") from error


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
