"""What can go wrong with a statement or a name; codes are stable.

AnkusError
├── StatementRefused       statement_refused, function_refused: the guard does not let it run
├── ResultExpired          result_expired: a kept result that is not there, or no longer
├── StatementFailed        PostgreSQL's own condition name: undefined_table, syntax_error, …
└── UnknownName            undefined_table, undefined_schema: a name given to a tool
LimitError
└── RowTooLarge            row_too_large: one row alone exceeds what is read
DependencyError
└── RoleTooStrong          role_too_strong: the login role may do more than read
"""

from typing import ClassVar

from ankus_shared.errors import AnkusError, DependencyError, LimitError


class StatementRefused(AnkusError):
    """Raised when a statement is not a single read, or reaches something that does more than read."""

    code = "statement_refused"


class StatementFailed(AnkusError):
    """Raised when PostgreSQL (or its parser) rejects a statement; `code` is the condition's name."""

    code = "statement_failed"


class ResultExpired(AnkusError):
    """Raised when a kept result is asked for that is not there, or no longer."""

    code = "result_expired"


class UnknownName(AnkusError):
    """Raised when a tool is asked for a table or a schema that is not there."""

    code = "undefined_table"


class RowTooLarge(LimitError):
    """Raised when one row is larger than the server reads."""

    code = "row_too_large"


class RoleTooStrong(DependencyError):
    """Raised at the start when the login role may do more than read."""

    code = "role_too_strong"
    exit_status: ClassVar[int] = 2
