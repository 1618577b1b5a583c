"""What can go wrong with PostgreSQL as a whole; a statement's own errors belong to the server that runs it.

DependencyError
├── EmbeddedServerError    the embedded server cannot be made, started or stopped
├── DatabaseUnavailable    the database does not answer, or refuses the login
└── MigrationError         the ledger and the numbered files disagree
"""

from ankus_shared.errors import DependencyError


class EmbeddedServerError(DependencyError):
    """Raised when the embedded PostgreSQL cannot be made, started or stopped."""

    code = "embedded_server_failed"


class DatabaseUnavailable(DependencyError):
    """Raised when the database is down, busy, unknown, or refuses the login."""

    code = "database_unavailable"


class MigrationError(DependencyError):
    """Raised when an applied migration was changed, one is missing, or one fails."""

    code = "migration_failed"
