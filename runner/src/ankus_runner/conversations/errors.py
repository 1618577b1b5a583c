"""What can be wrong with a conversation that is to be kept or resumed.

RunnerError
└── ConversationError
    ├── UnknownConversationError      no conversation of that id, or another user's (exit status 2)
    ├── BusyConversationError         another process goes on with it, or has taken it over
    ├── NothingUnfinishedError        there is no question to finish (exit status 2)
    └── UnreadableConversationError   kept by a newer version, or damaged
"""

from typing import ClassVar

from ankus_runner.errors import RunnerError


class ConversationError(RunnerError):
    """Base of what is wrong with a conversation that is kept."""

    code = "conversation_error"


class UnknownConversationError(ConversationError):
    """Raised when a user has no conversation of that id."""

    code = "conversation_unknown"
    exit_status: ClassVar[int] = 2


class BusyConversationError(ConversationError):
    """Raised when a conversation is gone on with elsewhere."""

    code = "conversation_busy"


class NothingUnfinishedError(ConversationError):
    """Raised when a conversation has no question that is still to be answered."""

    code = "conversation_finished"
    exit_status: ClassVar[int] = 2


class UnreadableConversationError(ConversationError):
    """Raised when what is kept of a conversation cannot be read, or cannot be written."""

    code = "conversation_unreadable"


def unknown(conversation: str) -> UnknownConversationError:
    """What is said of an id that is not there."""
    return UnknownConversationError(
        f"There is no conversation {conversation[:40]!r}.", hint="'ankus conversations list' shows them."
    )
