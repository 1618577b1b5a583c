"""What can keep a tool of this area from its answer; codes are stable.

DependencyError
└── ExtensionMissing       extension_missing, extension_not_loaded: how to get it is the hint
AnkusError
└── NothingToAdvise        no_workload, not_a_query: there is no query to judge
"""

from ankus_shared.errors import AnkusError, DependencyError


class ExtensionMissing(DependencyError):
    """Raised when a PostgreSQL extension that a tool stands on is not there, or not loaded."""

    code = "extension_missing"


class NothingToAdvise(AnkusError):
    """Raised when index advice is asked for and no query can be judged."""

    code = "no_workload"
