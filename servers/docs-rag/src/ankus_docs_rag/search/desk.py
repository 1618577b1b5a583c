"""What the tools of a server share: the open documents, the model with its configuration, and the caches."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.to_thread
from cachetools import LRUCache

from ankus_docs_rag.errors import UnknownSource
from ankus_docs_rag.search.corpus import live_model
from ankus_docs_rag.search.passages import Context, texts
from ankus_docs_rag.search.request import Request
from ankus_docs_rag.search.run import Searcher
from ankus_docs_rag.search.shown import search_answer
from ankus_docs_rag.store.docs import Docs
from ankus_shared.answers import Answer
from ankus_shared.errors import AnkusError
from ankus_shared.postgres import Connection

_log = logging.getLogger(__name__)


@dataclass
class Desk:
    """One for each process.

    Args:
        docs: The documents.
        load: Loads a model by its name in the catalogue, "" for the server's own; blocks. It is called once
            for each model that becomes the one in use while the process runs.
        results: How many answers are kept; 0 for none. An answer is of one state of the documents.
    """

    docs: Docs
    load: Callable[[str], Searcher]
    results: int = 256
    _searchers: dict[str, Searcher] = field(default_factory=dict)
    _lock: anyio.Lock = field(default_factory=anyio.Lock)
    _answers: LRUCache[Any, Answer] = field(init=False)

    def __post_init__(self) -> None:
        self._answers = LRUCache(max(self.results, 1))

    async def searcher(self, connection: Connection) -> Searcher:
        """The search by the model that is in use now; one that was in use stays loaded, to go back to.

        Raises:
            ModelMissing: If it is not installed here.
        """
        return await self._loaded(await _in_use(connection))

    async def warm(self) -> None:
        """Load the model before anybody asks; a failure is told to who asks."""
        try:
            await self._loaded(await self._name())
        except AnkusError as error:
            _log.warning("no model yet", extra={"code": error.code, "error": str(error)})

    async def search(self, request: Request, context: Context = "passage") -> Answer:
        """The answer of `search_docs`, from the cache where the documents are as they were."""
        async with self.docs.reading() as connection:
            searcher = await self.searcher(connection)
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
        for searcher in self._searchers.values():
            searcher.close()

    async def _name(self) -> str:
        """The model to load first; the server's own before anything was ingested."""
        try:
            async with self.docs.reading() as connection:
                return await _in_use(connection)
        except UnknownSource:
            return ""

    async def _loaded(self, name: str) -> Searcher:
        async with self._lock:
            if name not in self._searchers:
                self._searchers[name] = await anyio.to_thread.run_sync(self.load, name)
        return self._searchers[name]


async def _in_use(connection: Connection) -> str:
    model = await live_model(connection)
    return model.name if model else ""
