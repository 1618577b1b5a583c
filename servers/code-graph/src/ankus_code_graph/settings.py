"""The settings of the server and its commands: flags and `ANKUS_*` variables from one definition."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from ankus_code_graph.search.settings import EmbedderSettings
from ankus_shared.postgres import StoreSettings as StoreSettings
from ankus_shared.progress import Form
from ankus_shared.settings import ServeSettings, option


@dataclass(frozen=True, kw_only=True)
class ReadSettings(StoreSettings):
    """How graphs are read."""

    graph: Annotated[str, option("ANKUS_GRAPH")] = ""
    """The graph that a call without one means; without it there must be only one graph."""

    statement_timeout: Annotated[int, option("ANKUS_STATEMENT_TIMEOUT", at_least=1, at_most=3600)] = 15
    """Seconds that one statement may run."""

    connections: Annotated[int, option("ANKUS_CONNECTIONS", at_least=1, at_most=100)] = 4
    """Connections to the database at most; further callers wait."""

    work_mem: Annotated[str, option("ANKUS_WORK_MEM")] = "32MB"
    """PostgreSQL's work_mem for each statement."""


@dataclass(frozen=True, kw_only=True)
class Settings(ServeSettings, ReadSettings, EmbedderSettings):
    """Everything that `ankus-code-graph` can be told when it serves."""

    source_root: Annotated[tuple[str, ...], option("ANKUS_SOURCE_ROOTS", name="--source-root")] = ()
    """Folders below which a client may index; by default the working directory of the server."""

    row_limit: Annotated[int, option("ANKUS_ROW_LIMIT", at_least=1, at_most=100_000)] = 200
    """Rows that one answer of query_graph may hold."""

    answer_limit: Annotated[int, option("ANKUS_ANSWER_LIMIT", at_least=1000, at_most=10_000_000)] = 30_000
    """Characters of all rows of one answer of query_graph together."""


@dataclass(frozen=True, kw_only=True)
class IndexSettings(StoreSettings):
    """How the command `index` indexes."""

    name: str
    """Name of the graph: 3 to 63 of a-z, 0-9 and _."""

    jobs: Annotated[int, option("ANKUS_INDEX_JOBS", at_least=0, at_most=256)] = 0
    """Processes that read files; 0 for one a core."""

    include: Annotated[tuple[str, ...], option("ANKUS_INDEX_INCLUDE", name="--include")] = ()
    """Only files whose path below PATH fits this pattern, such as 'src/*'."""

    exclude: Annotated[tuple[str, ...], option("ANKUS_INDEX_EXCLUDE", name="--exclude")] = ()
    """No files whose path below PATH fits this pattern."""

    watch: Annotated[bool, option("ANKUS_INDEX_WATCH")] = False
    """Go on: index again what changes, until Ctrl-C."""

    progress: Annotated[Form, Parameter(show=False)] = "bar"
    """For the tool index_repository: lines of JSON on standard output."""
