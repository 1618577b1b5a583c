"""Where a server keeps what it makes: settings that its own extend."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ankus_shared.errors import SettingsError
from ankus_shared.settings import option, read_secret


@dataclass(frozen=True, kw_only=True)
class StoreSettings:
    """The database by its URL, to read and to write; without one it is the embedded server's."""

    database_url: Annotated[str | None, option("ANKUS_DATABASE_URL")] = None
    """PostgreSQL, such as postgresql://reader@host/db; without it the embedded server."""

    database_url_file: Annotated[Path | None, option("ANKUS_DATABASE_URL_FILE")] = None
    """File that holds the URL, so that its password is in no command line."""

    index_url_file: Annotated[Path | None, option("ANKUS_INDEX_URL_FILE")] = None
    """File that holds the URL of a role that writes, where the other role only reads."""

    def url(self) -> str | None:
        """The URL to read by, or None for the embedded server.

        Raises:
            SettingsError: If the file cannot be read or is empty.
        """
        if self.database_url_file is not None:
            return read_secret(self.database_url_file, "the database URL")
        return self.database_url or None

    def index_url(self) -> str | None:
        """The URL to write by, or None for the embedded server.

        Raises:
            SettingsError: If the file cannot be read or is empty, or there is nothing to read by beside it.
        """
        if self.index_url_file is None:
            return self.url()
        if self.url() is None:
            raise SettingsError(
                "There is a URL to index by and none to read by.", hint="Set ANKUS_DATABASE_URL too."
            )
        return read_secret(self.index_url_file, "the database URL")
