"""Items -> digests, in several processes where there are many items; what cannot be read says why."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Protocol

from ankus_docs_rag.batches import batches
from ankus_docs_rag.chunk import Limits, chunk_page
from ankus_docs_rag.model import Page, PageKind
from ankus_docs_rag.store.digest import Digest, Tokenizer, digest
from ankus_shared.errors import AnkusError, DependencyError

FEW = 20
"""Items up to which no process is started."""
ADDED = 8
"""Tokens that a model adds to a text at most: its beginning, its end, and a prefix such as `passage: `."""
AT_ONCE = 8
"""Items that a process is given together."""


class Item(Protocol):
    """Something that holds pages, such as a file. It goes to another process."""

    @property
    def path(self) -> str:
        """Its name within the source."""
        ...

    @property
    def hash(self) -> bytes:
        """Of its content, and of the options that it is read by."""
        ...

    def read(self) -> Sequence[Page]:
        """Its pages.

        Raises:
            AnkusError: If it cannot be read.
        """
        ...


@dataclass(frozen=True)
class Cutting:
    """How pages become digests, the same in every process."""

    tokenizer: Callable[[], Tokenizer]
    """A function of a module, which loads the vocabulary."""
    version: str
    """See `store.digest.digest`."""
    kind: PageKind | None = None
    """What all pages are, where that is known."""
    limits: Limits = field(default_factory=Limits)

    def cut(self, item: Item) -> list[Digest]:
        """The pages of an item, cut and counted."""
        return [self._cut(item, page) for page in item.read()]

    def _cut(self, item: Item, page: Page) -> Digest:
        tokenizer = _loaded(self.tokenizer)
        page = page if self.kind is None else replace(page, kind=self.kind)
        chunked = chunk_page(page, self.limits, partial(_count, tokenizer))
        return digest(item.path, chunked, tokenizer, self.version)


@dataclass(frozen=True)
class Outcome:
    """What became of an item."""

    item: Item
    pages: tuple[Digest, ...] = ()
    problem: str = ""
    """Why it could not be read; "" where it could."""


def read_items(items: Sequence[Item], cutting: Cutting, jobs: int) -> Iterator[Outcome]:
    """Read items, in no order.

    Args:
        jobs: Processes at most.

    Raises:
        DependencyError: If a process ends by itself (code reader_ended).
    """
    if len(items) <= FEW or jobs < 2:
        for item in items:
            yield _read(item, cutting)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(items)), context, initializer=_prepare) as pool:
        try:
            yield from _gathered(pool, items, cutting, jobs)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def default_jobs() -> int:
    """Processes that reading uses by default: as many as there are processors."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _gathered(
    pool: ProcessPoolExecutor, items: Iterable[Item], cutting: Cutting, jobs: int
) -> Iterator[Outcome]:
    """What the processes read, a few batches ahead at most, so that little is in memory."""
    running: set[Future[list[Outcome]]] = set()
    for batch in batches(items, AT_ONCE):
        running.add(pool.submit(_read_batch, batch, cutting))
        if len(running) >= 2 * jobs:
            yield from _finished(running)
    while running:
        yield from _finished(running)


def _finished(running: set[Future[list[Outcome]]]) -> Iterator[Outcome]:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        running.discard(future)
        try:
            yield from future.result()
        except BrokenProcessPool as error:
            raise DependencyError(
                "A process that read pages was ended from outside.",
                hint="Look whether memory ran out, and ingest again, with --jobs 1 if need be.",
                code="reader_ended",
            ) from error


def _prepare() -> None:
    """Set a process of the pool up: Ctrl-C is its parent's to handle, and it does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None  # we are a child

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _read_batch(items: Sequence[Item], cutting: Cutting) -> list[Outcome]:
    return [_read(item, cutting) for item in items]


def _read(item: Item, cutting: Cutting) -> Outcome:
    try:
        return Outcome(item, tuple(cutting.cut(item)))
    except AnkusError as error:
        return Outcome(item, problem=error.message)
    except OSError as error:
        return Outcome(item, problem=error.strerror or str(error))


def _count(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    """Tokens of each text as a model reads it."""
    return [len(ids) + ADDED for ids in tokenizer.encode_ids(texts)]


@cache
def _loaded(tokenizer: Callable[[], Tokenizer]) -> Tokenizer:
    """The vocabulary, loaded once a process."""
    return tokenizer()
