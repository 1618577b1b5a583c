"""docs-rag, asked: of some sources alone, by the quotes of places, and by many at once."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import anyio

from ankus_docs_rag.evaluate.questions import Gold, Question
from ankus_docs_rag.evaluate.relevance import HitKey
from ankus_docs_rag.evaluate.run import DEPTH, Ranked
from ankus_docs_rag.evaluate.systems import CONFIGURATIONS, Opened
from ankus_docs_rag.search.passages import texts
from ankus_docs_rag.search.request import Filters, request_of
from ankus_docs_rag.search.run import Searcher
from ankus_docs_rag.store.docs import Docs

SHOWN = 10
"""Hits that a caller asks for."""


@dataclass(frozen=True)
class Filtered:
    """The search of some sources alone, in one configuration."""

    docs: Docs
    searcher: Searcher
    filters: Filters

    async def __call__(self, question: Question) -> Ranked:
        """What it finds."""
        request = request_of(question.question, filters=self.filters, limit=DEPTH)
        async with self.docs.reading() as connection:
            shown = await texts(connection, (await self.searcher.find(connection, request)).hits)
        return Ranked([HitKey(one.path, one.url, (), one.text, one.hit.candidate.id) for one in shown])


def configured(searcher: Searcher, name: str) -> Searcher:
    """The same search in a configuration of the evaluation, such as dense."""
    config = CONFIGURATIONS[name](searcher.config)
    return Searcher(searcher.embedder, config, replace(searcher.rewording, config=config.lexicon))


def by_quote(question: Question) -> Question:
    """The question with places that only a passage with the quote finds.

    An anchor such as PG-DUMP-OPTIONS leads to dozens of passages, of which one answers.
    """
    return question.model_copy(update={"gold": tuple(map(_without_anchor, question.gold))})


async def latencies(opened: Opened, asked: Sequence[str], concurrent: int) -> list[float]:
    """Seconds of each search with its texts, while so many callers ask one after the other."""
    remaining, seconds = iter(asked), list[float]()

    async def caller() -> None:
        for text in remaining:
            began = time.perf_counter()
            async with opened.docs.reading() as connection:
                found = await opened.searcher.find(connection, request_of(text, limit=SHOWN))
                await texts(connection, found.hits)
            seconds.append(time.perf_counter() - began)

    async with anyio.create_task_group() as callers:
        for _ in range(concurrent):
            callers.start_soon(caller)
    return seconds


def embedding_seconds(opened: Opened, asked: Sequence[str]) -> list[float]:
    """Seconds that the model alone takes for each question."""
    seconds = []
    for text in asked:
        began = time.perf_counter()
        opened.searcher.embedder.embed_queries([text])
        seconds.append(time.perf_counter() - began)
    return seconds


def _without_anchor(gold: Gold) -> Gold:
    if not gold.quote:
        return gold
    return gold.model_copy(
        update={"anchor": "", "alternatives": tuple(map(_without_anchor, gold.alternatives))}
    )
