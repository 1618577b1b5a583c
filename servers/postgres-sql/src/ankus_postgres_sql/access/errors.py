"""What can go wrong with access; codes are stable.

AnkusError
├── NotAllowed      tool_not_allowed, database_not_allowed, statement_not_allowed, identity_required
└── RuleBroken      role_sees_too_much: the role may read what the access file forbids
LimitError
└── RateExceeded    rate_limited: too many calls or rows; the message says how many seconds to wait
SettingsError       bad_settings: an access, databases or audit file that is wrong, naming the key
"""

from typing import ClassVar

from ankus_shared.errors import AnkusError, DependencyError, LimitError


class NotAllowed(AnkusError):
    """Raised when the caller's identity does not allow a tool, a database or a kind of statement."""

    code = "tool_not_allowed"


class RateExceeded(LimitError):
    """Raised when an identity calls too often, too much at once, or reads too many rows."""

    code = "rate_limited"

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(
            f"Too many {what}; retry after {seconds} seconds.",
            hint="Wait that long, or ask for less with each call.",
        )
        self.retry_after = seconds


class RuleBroken(DependencyError):
    """Raised when a role can read what the access file keeps from it."""

    code = "role_sees_too_much"
    exit_status: ClassVar[int] = 2
