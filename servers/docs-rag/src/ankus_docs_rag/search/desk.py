"""What the tools of a server share: the open documents, the model with its configuration, and the caches."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.to_thread
from cachetools import LRUCache

from ankus_docs_rag.search.passages import Context, texts
from ankus_docs_rag.search.request import Request
from ankus_docs_rag.search.run import Searcher
from ankus_docs_rag.search.shown import search_answer
from ankus_docs_rag.store.docs import Docs
from ankus_shared.answers import Answer
from ankus_shared.errors import AnkusError

_log = logging.getLogger(__name__)


@dataclass
class Desk:
    """One for each process.

    Args:
        docs: The documents.
        load: Loads the model; blocks. It is called once, by the first search or `warm`.
        results: How many answers are kept; 0 for none. An answer is of one state of the documents.
    """

    docs: Docs
    load: Callable[[], Searcher]
    results: int = 256
    _searcher: Searcher | None = None
    _lock: anyio.Lock = field(default_factory=anyio.Lock)
    _answers: LRUCache[Any, Answer] = field(init=False)

    def __post_init__(self) -> None:
        self._answers = LRUCache(max(self.results, 1))

    async def searcher(self) -> Searcher:
        """The loaded model with its configuration."""
        async with self._lock:
            if self._searcher is None:
                self._searcher = await anyio.to_thread.run_sync(self.load)
        return self._searcher

    async def warm(self) -> None:
        """Load the model before anybody asks; a failure is told to who asks."""
        try:
            await self.searcher()
        except AnkusError as error:
            _log.warning("no model yet", extra={"code": error.code, "error": str(error)})

    async def search(self, request: Request, context: Context = "passage") -> Answer:
        """The answer of `search_docs`, from the cache where the documents are as they were."""
        searcher = await self.searcher()
        async with self.docs.reading() as connection:
            corpus = await searcher.corpus(connection)
            key = (corpus.key, request, context)
            if self.results and key in self._answers:
                return self._answers[key]
            found = await searcher.find(connection, request, corpus)
            shown = await texts(connection, found.hits, context)
        answer = search_answer(found, shown, request, corpus)
        if self.results:
            self._answers[key] = answer
        return answer

    def close(self) -> None:
        """Give back the models."""
        if self._searcher is not None:
            self._searcher.close()
