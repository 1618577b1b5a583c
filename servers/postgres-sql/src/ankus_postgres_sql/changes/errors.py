"""What can go wrong with a change.

AnkusError
├── ChangeRefused    change_refused: a statement that may not be proposed
├── ChangeUnknown    change_unknown, change_expired, change_applied: no such proposal, or no longer
├── NotApproved      approval_required, change_declined: nobody said yes
└── ChangeFailed     PostgreSQL's own condition name: the database refused it; nothing was changed
"""

from ankus_shared.errors import AnkusError


class ChangeRefused(AnkusError):
    """Raised when a statement is not of a kind that may be proposed."""

    code = "change_refused"


class ChangeUnknown(AnkusError):
    """Raised when there is no such proposal, or it expired, was applied or was altered."""

    code = "change_unknown"


class NotApproved(AnkusError):
    """Raised when a change was not approved."""

    code = "approval_required"


class ChangeFailed(AnkusError):
    """Raised when PostgreSQL refuses a change; `code` is the condition's name."""

    code = "change_failed"
