"""The settings of the server: flags and `ANKUS_*` variables from one definition."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from ankus_shared.errors import SettingsError
from ankus_shared.paths import data_dir
from ankus_shared.postgres.roles import READER
from ankus_shared.settings import ServeSettings, option, read_secret

TOOLSETS = ("read", "tuning", "write")
"""The sets of tools that can be switched on."""


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
        return read_secret(self.database_url_file, "the database URL")


@dataclass(frozen=True, kw_only=True)
class Settings(ServeSettings, DatabaseSettings):
    """Everything that `ankus-postgres-sql` can be told."""

    toolsets: Annotated[str, option("ANKUS_TOOLSETS")] = "read"
    """Sets of tools, comma-separated: read, tuning, write."""

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

    allow_strong_role: Annotated[bool, option("ANKUS_ALLOW_STRONG_ROLE")] = False
    """Serve also as a role that may do more than read; a superuser's statements run as pg_read_all_data."""

    work_mem: Annotated[str, option("ANKUS_WORK_MEM")] = "32MB"
    """PostgreSQL's work_mem for each statement."""

    connections: Annotated[int, option("ANKUS_CONNECTIONS", at_least=1, at_most=100)] = 4
    """Connections to the database at most; further callers wait."""

    result_rows: Annotated[int, option("ANKUS_RESULT_ROWS", at_least=1, at_most=100_000)] = 10_000
    """Rows of one result that are kept for later calls."""

    result_memory: Annotated[int, option("ANKUS_RESULT_MEMORY", at_least=1, at_most=100_000)] = 64
    """Megabytes that all kept results may take; one takes an eighth at most."""

    result_minutes: Annotated[int, option("ANKUS_RESULT_MINUTES", at_least=1, at_most=10_000)] = 60
    """Minutes that a result is kept after it was used last."""

    databases: Annotated[Path | None, option("ANKUS_DATABASES")] = None
    """TOML file of several databases: [name] with url or url_file, and description."""

    access: Annotated[Path | None, option("ANKUS_ACCESS")] = None
    """TOML file of identities and roles: who may call what, and which columns are masked."""

    identity: Annotated[str | None, option("ANKUS_IDENTITY")] = None
    """Identity of callers without a token of their own, as over stdio."""

    audit_log: Annotated[Path | None, option("ANKUS_AUDIT_LOG")] = None
    """File to which a hash-chained record of every call is appended."""

    audit_sync: Annotated[Literal["always", "never"], option("ANKUS_AUDIT_SYNC")] = "always"
    """Whether each record is on disk (fsync) before the call is answered."""

    writer_url_file: Annotated[Path | None, option("ANKUS_WRITER_URL_FILE")] = None
    """File that holds the URL of the role that makes approved changes; for the tools of `write`."""

    changes: Annotated[Path | None, option("ANKUS_CHANGES")] = None
    """Folder of proposed changes; by default `changes` in Ankus's data folder."""

    change_minutes: Annotated[int, option("ANKUS_CHANGE_MINUTES", at_least=1, at_most=10_000)] = 30
    """Minutes after which a proposed change expires."""

    def chosen_toolsets(self) -> frozenset[str]:
        """The names in `toolsets`.

        Raises:
            SettingsError: If one of them is no set of tools, or there is none.
        """
        chosen = frozenset(name.strip() for name in self.toolsets.split(",") if name.strip())
        unknown = sorted(chosen - set(TOOLSETS))
        if unknown or not chosen:
            what = f"no set of tools named {', '.join(unknown)}" if unknown else "no set of tools chosen"
            raise SettingsError(f"There is {what}.", hint=f"--toolsets takes: {', '.join(TOOLSETS)}.")
        return chosen


def changes_folder(settings: Settings) -> Path:
    """The folder of proposed changes."""
    return settings.changes or data_dir() / "changes"


@dataclass(frozen=True, kw_only=True)
class RoleSettings(DatabaseSettings):
    """How `setup-role` makes the reader role."""

    role: Annotated[str, option("ANKUS_READER_ROLE")] = READER
    """Name of the reader role."""

    schema: Annotated[tuple[str, ...], option("ANKUS_READER_SCHEMAS", name="--schema")] = ()
    """Schemas to read; without it those of the database, or public where no URL is given."""

    statement_timeout: Annotated[int, option("ANKUS_STATEMENT_TIMEOUT", at_least=1, at_most=3600)] = 15
    """Seconds that one statement of the role may run."""

    access: Annotated[Path | None, option("ANKUS_ACCESS")] = None
    """The access file: make its roles too, with what they may see, for a reader role that exists."""

    apply: Annotated[bool, option("ANKUS_APPLY")] = False
    """Make the role, logged in by the given URL as an administrator, and print the reader's URL once."""
