"""The settings of the server: flags and `ANKUS_*` variables from one definition."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ankus_shared.errors import SettingsError
from ankus_shared.postgres.roles import READER
from ankus_shared.settings import ServeSettings, option


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """Which database is meant."""

    database_url: Annotated[str | None, option("ANKUS_DATABASE_URL")] = None
    """PostgreSQL to read, such as postgresql://ankus_reader@host/db; without it the embedded server."""

    database_url_file: Annotated[Path | None, option("ANKUS_DATABASE_URL_FILE")] = None
    """File that holds the URL, so that its password is in no command line."""

    database: Annotated[str, option("ANKUS_DATABASE")] = "postgres"
    """Database of the embedded server."""

    def url(self) -> str | None:
        """The given URL, or None for the embedded server.

        Raises:
            SettingsError: If the file cannot be read or is empty.
        """
        if self.database_url_file is None:
            return self.database_url or None
        try:
            text = self.database_url_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"Cannot read {self.database_url_file}: {type(error).__name__}.") from error
        if not text:
            raise SettingsError(f"{self.database_url_file} is empty.", hint="Put the database URL into it.")
        return text


@dataclass(frozen=True, kw_only=True)
class Settings(ServeSettings, DatabaseSettings):
    """Everything that `ankus-postgres-sql` can be told."""

    search_path: Annotated[str | None, option("ANKUS_SEARCH_PATH")] = None
    """Schemas whose tables need no prefix, comma-separated; the role's own search_path by default."""

    statement_timeout: Annotated[int, option("ANKUS_STATEMENT_TIMEOUT", at_least=1, at_most=3600)] = 15
    """Seconds that one statement may run."""

    row_limit: Annotated[int, option("ANKUS_ROW_LIMIT", at_least=1, at_most=100_000)] = 100
    """Rows that one answer may hold."""

    cell_limit: Annotated[int, option("ANKUS_CELL_LIMIT", at_least=20, at_most=1_000_000)] = 500
    """Characters of one value that are shown; the rest is cut, and said."""

    answer_limit: Annotated[int, option("ANKUS_ANSWER_LIMIT", at_least=1000, at_most=10_000_000)] = 30_000
    """Characters of all rows of one answer together."""

    outline_limit: Annotated[int, option("ANKUS_OUTLINE_LIMIT", at_least=500, at_most=1_000_000)] = 8_000
    """Characters of one list of tables; longer ones are shortened to names."""

    work_mem: Annotated[str, option("ANKUS_WORK_MEM")] = "32MB"
    """PostgreSQL's work_mem for each statement."""

    connections: Annotated[int, option("ANKUS_CONNECTIONS", at_least=1, at_most=100)] = 4
    """Connections to the database at most; further callers wait."""


@dataclass(frozen=True, kw_only=True)
class RoleSettings(DatabaseSettings):
    """How `setup-role` makes the reader role."""

    role: Annotated[str, option("ANKUS_READER_ROLE")] = READER
    """Name of the reader role."""

    schema: Annotated[tuple[str, ...], option("ANKUS_READER_SCHEMAS", name="--schema")] = ()
    """Schemas to read; without it those of the database, or public where no URL is given."""

    statement_timeout: Annotated[int, option("ANKUS_STATEMENT_TIMEOUT", at_least=1, at_most=3600)] = 15
    """Seconds that one statement of the role may run."""

    apply: Annotated[bool, option("ANKUS_APPLY")] = False
    """Make the role, logged in by the given URL as an administrator, and print the reader's URL once."""
