"""Where conversations are kept, how long, and which one is gone on with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ankus_runner.user import UserSettings
from ankus_shared.settings import option, read_secret


@dataclass(frozen=True, kw_only=True)
class ConversationPlace:
    """The database of the conversations."""

    conversations_url_file: Annotated[Path | None, option("ANKUS_CONVERSATIONS_URL_FILE")] = None
    """File with the URL of the PostgreSQL database for conversations, which is reached directly (no pooler
    between transactions); without it the embedded server."""

    def conversations_url(self) -> str | None:
        """The URL, or None for the embedded server.

        Raises:
            SettingsError: The file cannot be read or is empty.
        """
        place = self.conversations_url_file
        return read_secret(place, "the database URL") if place is not None else None


@dataclass(frozen=True, kw_only=True)
class OwnConversations(ConversationPlace, UserSettings):
    """The same, and whose conversations."""


@dataclass(frozen=True, kw_only=True)
class ConversationSettings(OwnConversations):
    """The same, and which conversation."""

    conversation: Annotated[str, option("ANKUS_CONVERSATION")] = ""
    """Go on with the conversation of this id, by the profile that it began with; a question that was
    interrupted is answered first. 'ankus conversations list' shows the ids."""

    no_conversations: Annotated[bool, option("ANKUS_NO_CONVERSATIONS")] = False
    """Keep nothing of what is asked and answered, so that it cannot be gone on with."""

    conversations_days: Annotated[int, option("ANKUS_CONVERSATIONS_DAYS", at_least=1, at_most=3650)] = 90
    """Days that a conversation is kept after it was last gone on with."""
