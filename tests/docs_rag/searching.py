"""Small stores to search by an embedder of words, and the desk of a server over them."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from ankus_docs_rag.ingest.items import Origin
from ankus_docs_rag.ingest.report import Report
from ankus_docs_rag.ingest.run import Means, ingest
from ankus_docs_rag.ingest.wish import Wish
from ankus_docs_rag.model import Page
from ankus_docs_rag.search.config import Arms, SearchConfig
from ankus_docs_rag.search.desk import Desk
from ankus_docs_rag.search.request import Filters, request_of
from ankus_docs_rag.search.rerank import CrossEncoder
from ankus_docs_rag.search.rewording import rewording_of
from ankus_docs_rag.search.run import Found, Searcher
from ankus_docs_rag.settings import ReadSettings
from ankus_docs_rag.store.docs import Docs, open_docs
from ankus_docs_rag.store.writer import Writer, open_writer
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.embedders import WordEmbedder, WordTokenizer, opening
from tests.docs_rag.made import Made

DIMENSIONS = 256


def embedder(name: str = "words", **more: Any) -> WordEmbedder:
    """One with room for the words of a test."""
    return WordEmbedder(name, **{"dimensions": DIMENSIONS, **more})


def fill(
    writer: Writer, pages: Sequence[Page], source: str = "made", version: str = "", index_from: int = 50_000
) -> Report:
    """Make a source of these pages and no others."""
    origin = Origin(Wish(source, "by hand", version=version), [Made(page.path, (page,)) for page in pages])
    means = Means(opening(embedder()), WordTokenizer, 1, index_from)
    return ingest(origin, writer, means, lambda *_: None)


def filled(database: DocsDatabase, pages: Sequence[Page], **more: Any) -> None:
    """The same with a writer of its own."""
    with open_writer(database.settings(), WordTokenizer) as writer:
        fill(writer, pages, **more)


def alone(arm: str, **more: Any) -> SearchConfig:
    """Only one arm, with as few candidates as can be."""
    weights = {name: float(name == arm) for name in ("dense", "tokens", "words")}
    return SearchConfig(arms=Arms(**weights, candidates=10), **more)


def searcher(
    config: SearchConfig | None = None,
    embed: WordEmbedder | None = None,
    cross_encoder: CrossEncoder | None = None,
) -> Searcher:
    """By words, and by the lexicons of the package."""
    config = config or SearchConfig()
    rewording = rewording_of(config.lexicon, WordTokenizer().encode_ids)
    return Searcher(embed or embedder(), config, rewording, cross_encoder)


def desk(docs: Docs, config: SearchConfig | None = None, **more: Any) -> Desk:
    """What the tools of a server share."""
    return Desk(docs, lambda _: searcher(config), **more)


@asynccontextmanager
async def opened(database: DocsDatabase) -> AsyncIterator[Docs]:
    """The documents to be read."""
    async with open_docs(ReadSettings(database_url=database.url)) as docs:
        yield docs


async def find(
    docs: Docs,
    question: str,
    config: SearchConfig | None = None,
    *,
    filters: Mapping[str, Any] | None = None,
    phrasings: Sequence[str] = (),
    by: Searcher | None = None,
    **more: Any,
) -> Found:
    """What a search gives."""
    request = request_of(question, tuple(phrasings), Filters(**(filters or {})), **more)
    async with docs.reading() as connection:
        return await (by or searcher(config)).find(connection, request)


async def anchors(docs: Docs, question: str, config: SearchConfig | None = None, **more: Any) -> list[str]:
    """The anchors of what a search gives, in its order."""
    found = await find(docs, question, config, **more)
    return [hit.candidate.anchor for hit in found.hits]


def sections(count: int, text: Callable[[int], str], name: str) -> dict[str, str]:
    """So many sections of a page, of a text each."""
    return {f"{name}-{number}": text(number) for number in range(count)}
