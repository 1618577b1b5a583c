"""Numbered SQL files, each applied once and in order, with a ledger that notices what was changed.

0001_first.sql, 0002_second.sql, …   files of a package, read with importlib.resources
ankus_migration                      the ledger: package, number, name, checksum, when
"""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import Any

import psycopg
from psycopg import Connection

from ankus_shared.postgres.errors import MigrationError

_FILE = re.compile(r"(?P<number>\d{4})_(?P<name>\w+)\.sql")
_LOCK = 0x616E6B7573  # "ankus"
_LEDGER = """
CREATE TABLE IF NOT EXISTS ankus_migration (
    package text NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (package, number)
)"""


@dataclass(frozen=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrate(connection: Connection[Any], package: str, folder: str = "migrations") -> list[str]:
    """Apply the migrations in `folder` of `package` that the database does not have yet.

    Each runs in a transaction of its own under an advisory lock, so several processes may start at once.

    Args:
        connection: In autocommit mode.

    Returns:
        The names of those applied now, such as `0002_second`.

    Raises:
        MigrationError: If the numbers have a gap, an applied file was changed or is gone, or one fails.
    """
    available = read_migrations(package, folder)
    connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        connection.execute(_LEDGER)
        done = _check_ledger(connection, package, available)
        return [_apply(connection, package, migration) for migration in available[done:]]
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def read_migrations(package: str, folder: str = "migrations") -> list[Migration]:
    """The numbered files of a package, in order.

    Raises:
        MigrationError: If a file's name is not `NNNN_name.sql` or the numbers are not 1, 2, 3, …
    """
    found = []
    for file in resources.files(package).joinpath(folder).iterdir():
        if file.name.endswith(".sql"):
            match = _FILE.fullmatch(file.name)
            if match is None:
                raise MigrationError(f"{file.name} in {package} is not named NNNN_name.sql.")
            found.append(Migration(int(match["number"]), match["name"], file.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.number)
    for expected, migration in enumerate(found, start=1):
        if migration.number != expected:
            raise MigrationError(f"{package} has migration {migration.number} where {expected} belongs.")
    return found


def _check_ledger(connection: Connection[Any], package: str, available: list[Migration]) -> int:
    """How many of `available` are applied; the ledger must be their beginning, unchanged."""
    query = "SELECT number, name, checksum FROM ankus_migration WHERE package = %s ORDER BY number"
    rows = connection.execute(query, [package]).fetchall()
    for position, (number, name, checksum) in enumerate(rows, start=1):
        if number != position or position > len(available):
            raise MigrationError(
                f"The database has migration {number} of {package}, which this version does not have.",
                hint="Install the version that made this database.",
            )
        if checksum != available[position - 1].checksum:
            raise MigrationError(
                f"Migration {number:04d}_{name} of {package} was changed after it was applied.",
                hint="Restore the file and put the change into a new migration.",
            )
    return len(rows)


def _apply(connection: Connection[Any], package: str, migration: Migration) -> str:
    label = f"{migration.number:04d}_{migration.name}"
    try:
        with connection.transaction():
            connection.execute(migration.sql.encode())
            connection.execute(
                "INSERT INTO ankus_migration (package, number, name, checksum) VALUES (%s, %s, %s, %s)",
                [package, migration.number, migration.name, migration.checksum],
            )
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error)
        raise MigrationError(f"Migration {label} of {package} failed: {reason}") from error
    return label
