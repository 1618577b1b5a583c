"""Who asks, on a command line."""

from dataclasses import dataclass
from typing import Annotated

from ankus_runner.hooks import LOCAL_USER
from ankus_shared.settings import option


@dataclass(frozen=True, kw_only=True)
class UserSettings:
    """Whose everything is."""

    user: Annotated[str, option("ANKUS_USER")] = LOCAL_USER
    """Who asks, by the name in the file of --access and in all that is kept; nothing proves it here."""
