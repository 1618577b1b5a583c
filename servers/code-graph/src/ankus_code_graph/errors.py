"""What can go wrong with a code graph; codes are stable.

AnkusError
├── BadSource          bad_source: a path that is not there, or holds no C
├── UnknownGraph       unknown_graph: no graph of that name
├── UnknownSymbol      unknown_symbol: no function, macro, type or variable of that name
├── AmbiguousSymbol    ambiguous_symbol: several, and the question needs one
├── BadQuery           bad_query: a Cypher query or a pattern that is not accepted
├── BadGraphName       bad_graph_name: a name that no graph can have, or that is taken
└── IndexBusy          index_busy: the graph is being indexed by somebody else
LimitError
└── QueryTimeout       query_timeout: a query ran longer than is allowed
DependencyError
├── AgeMissing         age_missing: the database has no Apache AGE
├── NotWritable        not_writable: the database role may not write graphs
├── EmbedderUnavailable  embedder_unavailable: the server that makes vectors does not answer
├── NoVectors          no_vectors: the database has no pgvector
└── NoRenderer         no_renderer: a map was not drawn
"""

from typing import ClassVar

from ankus_shared.errors import AnkusError, DependencyError, LimitError


class BadSource(AnkusError):
    """Raised when a source tree cannot be indexed or a source file cannot be shown."""

    code = "bad_source"


class UnknownGraph(AnkusError):
    """Raised when a graph is asked for that is not there; the hint names those that are."""

    code = "unknown_graph"


class UnknownSymbol(AnkusError):
    """Raised when a symbol is asked for that is not in the graph; the hint names the nearest."""

    code = "unknown_symbol"


class AmbiguousSymbol(AnkusError):
    """Raised when a name means several symbols and one is needed; the hint lists them as file:line."""

    code = "ambiguous_symbol"


class BadQuery(AnkusError):
    """Raised when a query in Cypher, or a pattern, is refused; the hint says what to write instead."""

    code = "bad_query"


class IndexBusy(AnkusError):
    """Raised when the graph is being indexed by another process."""

    code = "index_busy"


class BadGraphName(AnkusError):
    """Raised when a graph cannot have that name, or when the name means something else already."""

    code = "bad_graph_name"


class AgeMissing(DependencyError):
    """Raised when the database has no Apache AGE; the hint says how to install it."""

    code = "age_missing"
    exit_status: ClassVar[int] = 2


class NotWritable(DependencyError):
    """Raised when the role of the database may not make or change graphs."""

    code = "not_writable"


class EmbedderUnavailable(DependencyError):
    """Raised when the server that turns text into vectors does not answer, or answers something else."""

    code = "embedder_unavailable"


class NoRenderer(DependencyError):
    """Raised when the process that draws a map fails or takes too long."""

    code = "no_renderer"


class NoVectors(DependencyError):
    """Raised when vectors are to be kept in a database that has no pgvector."""

    code = "no_vectors"


class QueryTimeout(LimitError):
    """Raised when a query ran longer than the server lets it."""

    code = "query_timeout"
