"""What can go wrong with what is remembered; codes are stable.

RunnerError
├── SecretRefused     secret_refused: a key, a password or a card number, which is never kept
├── BadFact           bad_fact: an empty text, or one that is too long
├── MemoryFull        memory_full: the user has as many facts as are kept
├── UnknownFact       unknown_fact: no such fact of this user and profile
├── MemoryFailed      memory_failed: the database refuses
└── NoVectors         no_vectors: the database has no pgvector

`DatabaseUnavailable` of ankus_shared.postgres is raised where the database is not there.
"""

from ankus_runner.errors import RunnerError


class SecretRefused(RunnerError):
    """Raised when a fact holds what looks like a secret; the message says of which kind, and not what."""

    code = "secret_refused"


class BadFact(RunnerError):
    """Raised when a text is no fact that can be kept."""

    code = "bad_fact"


class MemoryFull(RunnerError):
    """Raised when no further fact of this user and profile is kept."""

    code = "memory_full"


class UnknownFact(RunnerError):
    """Raised when a fact is named that this user and profile do not have."""

    code = "unknown_fact"


class MemoryFailed(RunnerError):
    """Raised when the database refuses a statement."""

    code = "memory_failed"


class NoVectors(RunnerError):
    """Raised when the database has no pgvector; the hint says how to install it."""

    code = "no_vectors"
