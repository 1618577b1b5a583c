"""Where traces are kept, how long, and what else is taken out of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ankus_shared.settings import option, read_secret


@dataclass(frozen=True, kw_only=True)
class TracePlace:
    """The database of the traces."""

    traces_url_file: Annotated[Path | None, option("ANKUS_TRACES_URL_FILE")] = None
    """File with the URL of the PostgreSQL database for traces; without it the embedded server."""

    def traces_url(self) -> str | None:
        """The URL, or None for the embedded server.

        Raises:
            SettingsError: The file cannot be read or is empty.
        """
        return read_secret(self.traces_url_file, "the database URL") if self.traces_url_file else None


@dataclass(frozen=True, kw_only=True)
class TraceSettings(TracePlace):
    """The same, and what is written there."""

    no_traces: Annotated[bool, option("ANKUS_NO_TRACES")] = False
    """Keep no trace of what is asked, called and answered."""

    traces_days: Annotated[int, option("ANKUS_TRACES_DAYS", at_least=1, at_most=3650)] = 30
    """Whole days that traces are kept."""

    traces_payload_days: Annotated[int, option("ANKUS_TRACES_PAYLOAD_DAYS", at_least=1, at_most=3650)] = 7
    """Whole days that their prompts, arguments, results and answers are kept."""

    traces_redact: Annotated[Path | None, option("ANKUS_TRACES_REDACT")] = None
    """File with regular expressions, one a line, of what traces must not hold besides keys and passwords."""
