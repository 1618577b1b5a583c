"""Our own search as systems to evaluate; the one place of `evaluate` that knows how it is called.

`CONFIGURATIONS` names the rows of the table by what each changes in the configuration of the server.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio.to_thread
import psycopg

from ankus_docs_rag.errors import BadQuestions
from ankus_docs_rag.evaluate.baselines import BM25, baselines, rrf
from ankus_docs_rag.evaluate.questions import Question
from ankus_docs_rag.evaluate.relevance import HitKey
from ankus_docs_rag.evaluate.run import DEPTH, Ranked, System
from ankus_docs_rag.named import named
from ankus_docs_rag.search.config import (
    ARMS,
    Arm,
    Boosts,
    Discounts,
    Method,
    Rerank,
    SearchConfig,
    load_config,
)
from ankus_docs_rag.search.opening import searcher_of
from ankus_docs_rag.search.passages import Shown, texts
from ankus_docs_rag.search.request import request_of
from ankus_docs_rag.search.run import Searcher
from ankus_docs_rag.settings import Settings
from ankus_docs_rag.store.connect import STORE
from ankus_docs_rag.store.docs import Docs, open_docs
from ankus_shared.postgres import Connection

DENSE = "baseline: dense"
DENSE_AND_BM25 = "baseline: RRF"
"""Of the two before it, dense and BM25."""
Change = Callable[[SearchConfig], SearchConfig]


@dataclass(frozen=True)
class Opened:
    """What an evaluation needs of the rest of the server."""

    docs: Docs
    searcher: Searcher
    """As the server has it: its model, its configuration, its lexicons."""
    writing: psycopg.Connection[Any]
    """In autocommit mode; may make temporary tables, for the baselines."""


Opener = Callable[[], AbstractAsyncContextManager[Opened]]


@asynccontextmanager
async def opened_search(settings: Settings) -> AsyncIterator[Opened]:
    """The documents and the model as a server of these settings has them.

    Raises:
        ModelMissing: If the model is not installed.
        DatabaseUnavailable: In one line, if the database is down or refuses the login.
    """
    searcher = await anyio.to_thread.run_sync(searcher_of, settings)
    try:
        async with open_docs(settings) as docs:
            with STORE.writing(settings) as (writing, _):
                yield Opened(docs, searcher, writing)
    finally:
        searcher.close()


@dataclass(frozen=True)
class Search:
    """The search in one configuration."""

    docs: Docs
    searcher: Searcher
    depth: int

    async def __call__(self, question: Question) -> Ranked:
        """What `search_docs` would find; the time is of the search with its texts, not of what we add."""
        request = request_of(question.question, question.phrasings, limit=self.depth)
        began = time.perf_counter()
        async with self.docs.reading() as connection:
            found = await self.searcher.find(connection, request)
            shown = await texts(connection, found.hits)
            seconds = time.perf_counter() - began
            anchors = await _anchors(connection, shown)
        missing = tuple(one.name for one in found.missing)
        return Ranked([_hit(one, anchors) for one in shown], missing, seconds)


def _alone(arm: Arm) -> Change:
    """One arm, and nothing that is done to its ranking."""

    def change(config: SearchConfig) -> SearchConfig:
        arms = config.arms.model_copy(update={name: float(name == arm) for name in ARMS})
        return _plain(config).model_copy(update={"arms": arms})

    return change


def _fused(method: Method) -> Change:
    """All arms fused in one way, without what comes after."""

    def change(config: SearchConfig) -> SearchConfig:
        fusion = config.fusion.model_copy(update={"method": method})
        return _plain(config).model_copy(update={"fusion": fusion})

    return change


def _plain(config: SearchConfig) -> SearchConfig:
    without = {"rerank": Rerank(method="none"), "boosts": Boosts(), "discounts": Discounts()}
    return config.model_copy(update=without)


CONFIGURATIONS: Mapping[str, Change] = {
    "ankus": lambda config: config,
    "dense": _alone("dense"),
    "tokens": _alone("tokens"),
    "words": _alone("words"),
    "multiplicative": _fused("multiplicative"),
    "rrf": _fused("rrf"),
    "weighted": _fused("weighted"),
}
"""What --system can name; the first is what we are judged by, and the others show what each part adds."""


async def systems_of(
    opened: Opened,
    chosen: Sequence[str] = (),
    profiles: Sequence[Path] = (),
    *,
    with_baselines: bool = True,
    depth: int = DEPTH,
) -> dict[str, System]:
    """The systems of one run, ours first.

    Args:
        chosen: Names of configurations; all without any, or none beside profiles.
        profiles: Files of configurations of one's own, each a system of the file's name.

    Raises:
        BadQuestions: If there is no configuration of a name.
        SettingsError: If a profile is wrong.
    """
    names = chosen or (() if profiles else tuple(CONFIGURATIONS))
    configs = {name: _config(name, opened.searcher.config) for name in names}
    configs |= {path.stem: load_config(path) for path in profiles}
    ours: dict[str, System] = {name: _search(opened, config, depth) for name, config in configs.items()}
    if not with_baselines:
        return ours
    public = await anyio.to_thread.run_sync(lambda: baselines(opened.writing, depth=depth))
    dense = _search(opened, _config("dense", opened.searcher.config), depth)
    fused = rrf([dense, public[BM25]], depth=depth)
    return {**ours, **public, DENSE: _hits_alone(dense), DENSE_AND_BM25: fused}


async def about(opened: Opened) -> dict[str, str]:
    """What the report says of the documents and the model."""
    async with opened.docs.reading() as connection:
        corpus = await opened.searcher.corpus(connection)
    sources = [f"{source.name} {source.version}".strip() for source in corpus.sources]
    passages = corpus.passages(source.id for source in corpus.sources)
    model = "none" if corpus.model is None else f"{corpus.model.name} ({corpus.model.fingerprint[:12]})"
    return {"sources": ", ".join(sources), "passages": f"{passages:,}", "model": model}


def _config(name: str, base: SearchConfig) -> SearchConfig:
    if name not in CONFIGURATIONS:
        raise BadQuestions(f"There is no system {name}.", hint=f"There is: {', '.join(CONFIGURATIONS)}.")
    return CONFIGURATIONS[name](base)


def _search(opened: Opened, config: SearchConfig, depth: int) -> Search:
    mine = opened.searcher
    rewording = replace(mine.rewording, config=config.lexicon)
    return Search(opened.docs, Searcher(mine.embedder, config, rewording, mine.cross_encoder), depth)


def _hits_alone(system: System) -> System:
    """The same without what is missing, of which a plain search by vectors knows nothing."""

    async def plain(question: Question) -> Ranked:
        return replace(await system(question), missing=())

    return plain


async def _anchors(connection: Connection, shown: Sequence[Shown]) -> dict[int, tuple[str, ...]]:
    ids = {"ids": [one.hit.candidate.id for one in shown]}
    rows = await (await connection.execute(named("evaluate/anchors"), ids)).fetchall()
    return {number: tuple(filter(None, anchors)) for number, anchors in rows}


def _hit(shown: Shown, anchors: Mapping[int, tuple[str, ...]]) -> HitKey:
    number = shown.hit.candidate.id
    return HitKey(shown.path, shown.url, anchors.get(number, ()), shown.text, number)
