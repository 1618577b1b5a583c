"""The settings of the server and its commands: flags and `ANKUS_*` variables from one definition."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ankus_docs_rag.embed.settings import EmbedSettings
from ankus_docs_rag.model import PageKind
from ankus_docs_rag.search.settings import RerankSettings
from ankus_shared.postgres import StoreSettings as StoreSettings
from ankus_shared.progress import Form
from ankus_shared.settings import ServeSettings, option


@dataclass(frozen=True, kw_only=True)
class ReadSettings(StoreSettings):
    """How documents are read."""

    statement_timeout: Annotated[int, option("ANKUS_STATEMENT_TIMEOUT", at_least=1, at_most=3600)] = 15
    """Seconds that one statement may run."""

    connections: Annotated[int, option("ANKUS_CONNECTIONS", at_least=1, at_most=100)] = 4
    """Connections to the database at most; further callers wait."""

    work_mem: Annotated[str, option("ANKUS_WORK_MEM")] = "32MB"
    """PostgreSQL's work_mem for each statement."""


@dataclass(frozen=True, kw_only=True)
class Settings(ServeSettings, ReadSettings, EmbedSettings, RerankSettings):
    """Everything that `ankus-docs-rag` can be told when it serves."""

    source_root: Annotated[tuple[str, ...], option("ANKUS_SOURCE_ROOTS", name="--source-root")] = ()
    """Folders below which a client may ingest; by default the working directory of the server."""

    search_config: Annotated[Path | None, option("ANKUS_DOCS_SEARCH_CONFIG")] = None
    """TOML file of how a search weighs arms, fusion and reranker; by default the package's own."""

    result_cache: Annotated[int, option("ANKUS_DOCS_RESULT_CACHE", at_least=0, at_most=100_000)] = 256
    """Answers of search_docs that are kept in memory; 0 for none."""


@dataclass(frozen=True, kw_only=True)
class WriteSettings(StoreSettings, EmbedSettings):
    """How documents are written."""

    index_from: Annotated[int, option("ANKUS_DOCS_INDEX_FROM", at_least=0)] = 50_000
    """So many vectors of a model get an index for approximate search; below, search is exact."""

    jobs: Annotated[int, option("ANKUS_DOCS_JOBS", at_least=0, at_most=256)] = 0
    """Processes that read and cut pages; 0 for one a core."""

    progress: Annotated[Form, Parameter(show=False)] = "bar"
    """For the tool ingest_source: lines of JSON on standard output."""


@dataclass(frozen=True, kw_only=True)
class IngestSettings(WriteSettings):
    """What the command `ingest` is told."""

    source: str
    """Name of the source: 1 to 63 of a-z, 0-9, _, . and -."""

    version: Annotated[str, option("ANKUS_DOCS_VERSION")] = ""
    """Version of what is documented, such as 15."""

    language: Annotated[str, option("ANKUS_DOCS_LANGUAGE")] = ""
    """ISO 639-1, such as en or ru; by default what each page says of itself."""

    base_url: Annotated[str, option("ANKUS_DOCS_BASE_URL")] = ""
    """Address of the folder PATH, by which pages are cited; by default that of the file."""

    tags: Annotated[str, option("ANKUS_DOCS_TAGS")] = ""
    """Words to filter by, separated by commas."""

    author: Annotated[str, option("ANKUS_DOCS_AUTHOR")] = ""
    """Author of all pages; by default what each page says of itself."""

    kind: Annotated[PageKind | None, option("ANKUS_DOCS_KIND")] = None
    """What the pages are; by default judged by their form."""

    include: Annotated[tuple[str, ...], option("ANKUS_DOCS_INCLUDE", name="--include")] = ()
    """Only files whose path below PATH fits this pattern, such as 'html/*'."""

    exclude: Annotated[tuple[str, ...], option("ANKUS_DOCS_EXCLUDE", name="--exclude")] = ()
    """No files whose path below PATH fits this pattern."""

    max_file_mb: Annotated[int, option("ANKUS_DOCS_MAX_FILE_MB", at_least=1, at_most=4096)] = 64
    """Larger files are not read, in MiB."""

    allow_network: Annotated[tuple[str, ...], option("ANKUS_ALLOW_NETWORKS", name="--allow-network")] = ()
    """Networks that pages are fetched from although they are not public, such as 10.0.0.0/8."""

    keep: Annotated[bool, option("ANKUS_DOCS_KEEP")] = False
    """Keep pages of the source that PATH does not have."""
