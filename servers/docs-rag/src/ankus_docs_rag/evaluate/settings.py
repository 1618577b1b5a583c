"""The flags of `eval`, `compare` and `judge`."""

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ankus_docs_rag.embed.settings import EmbedSettings
from ankus_docs_rag.evaluate.relevance import Mode
from ankus_docs_rag.settings import ReadSettings, Settings
from ankus_shared.settings import option, read_secret

KEY_VARIABLE = "ANKUS_JUDGE_KEY"


@dataclass(frozen=True, kw_only=True)
class EvalSettings(ReadSettings, EmbedSettings):
    """How `eval` reaches the documents, asks and tells."""

    search_config: Annotated[Path | None, option("ANKUS_DOCS_SEARCH_CONFIG")] = None
    """TOML file of how the search called ankus weighs; by default the package's own."""

    system: Annotated[tuple[str, ...], Parameter(name="--system", negative=())] = ()
    """Only this configuration of our search, such as ankus, dense or rrf; several times for several."""

    profile: Annotated[tuple[Path, ...], Parameter(name="--profile", negative=())] = ()
    """TOML file of a configuration of your own, as data/search.toml; several times for several."""

    baselines: Annotated[bool, Parameter()] = True
    """Ask PostgreSQL's full-text search, BM25 and RRF too."""

    half: Literal["all", "fit", "test"] = "all"
    """Only the questions of one half."""

    k: Annotated[tuple[int, ...], Parameter(name="--k", negative=())] = (1, 5, 10, 20, 50)
    """Ranks at which recall is told."""

    mode: Mode = "passage"
    """passage: a hit must hold the quote or lead to the anchor; page: the right page is enough."""

    save: Annotated[Path | None, Parameter()] = None
    """File to keep the run in, for `compare`."""

    html: Annotated[Path | None, Parameter()] = None
    """File to write a page for a browser to."""

    def serving(self) -> Settings:
        """Those of a server that would search the same, without caches: each search takes its own time."""
        known = {field.name for field in fields(Settings)}
        same = {name: value for name, value in vars(self).items() if name in known}
        return Settings(**same | {"query_cache": 0, "result_cache": 0})


@dataclass(frozen=True, kw_only=True)
class CompareSettings:
    """Which systems of two saved runs are compared."""

    system: Annotated[str, Parameter()] = ""
    """System of the first run; its first one without."""

    other_system: Annotated[str, Parameter()] = ""
    """System of the second run; the same as of the first, or its first one, without."""

    html: Annotated[Path | None, Parameter()] = None
    """File to write a page for a browser to."""


@dataclass(frozen=True, kw_only=True)
class JudgeSettings(EmbedSettings):
    """Where the judge is, how it is asked, and the model that makes vectors."""

    judge_url: Annotated[str, option("ANKUS_JUDGE_URL")]
    """Base URL of an OpenAI-compatible server that has /v1/chat/completions."""

    judge_model: Annotated[str, option("ANKUS_JUDGE_MODEL")] = ""
    """Name of the model there; not needed where it has only one."""

    judge_key_file: Annotated[Path | None, option("ANKUS_JUDGE_KEY_FILE")] = None
    """File that holds the bearer token for it (or the variable ANKUS_JUDGE_KEY)."""

    judge_timeout: Annotated[int, option("ANKUS_JUDGE_TIMEOUT", at_least=1, at_most=3600)] = 120
    """Seconds that one request to it may take."""

    judge_parallel: Annotated[int, option("ANKUS_JUDGE_PARALLEL", at_least=1, at_most=256)] = 4
    """Requests to it at the same time."""

    similarity_weight: Annotated[float, option("ANKUS_JUDGE_SIMILARITY_WEIGHT", at_least=0, at_most=1)] = 0.25
    """Share of correctness that is the similarity of the answer to the reference; the rest is F1."""

    vectors: Annotated[bool, Parameter()] = True
    """Load the model that makes vectors; without it there is no relevancy, and correctness is F1 alone."""

    save: Annotated[Path | None, Parameter()] = None
    """File to keep the verdicts in, as JSON lines."""

    html: Annotated[Path | None, Parameter()] = None
    """File to write a page for a browser to."""

    def key(self) -> str | None:
        """The bearer token, if there is one.

        Raises:
            SettingsError: If its file cannot be read or is empty.
        """
        if self.judge_key_file is not None:
            return read_secret(self.judge_key_file, "the bearer token of the judge")
        return os.environ.get(KEY_VARIABLE, "").strip() or None
