"""What the command `ingest` does with what it is told."""

import contextlib
from collections.abc import Iterator
from functools import partial

from ankus_docs_rag.ingest.embedding import Tell
from ankus_docs_rag.ingest.items import Origin, find_items, is_url
from ankus_docs_rag.ingest.loading import Vocabulary, loader
from ankus_docs_rag.ingest.reading import default_jobs
from ankus_docs_rag.ingest.report import Report
from ankus_docs_rag.ingest.run import Means, ingest
from ankus_docs_rag.ingest.wish import Wish
from ankus_docs_rag.settings import IngestSettings
from ankus_docs_rag.store.sources import check_name
from ankus_docs_rag.store.writer import open_writer


def run_ingest(origin: str, settings: IngestSettings, tell: Tell) -> Report:
    """Ingest a folder, a file or a URL.

    Raises:
        AnkusError: As `ingest.run.ingest`, and what finds and fetches the pages, raise it.
    """
    check_name(settings.source)
    vocabulary = Vocabulary(settings)
    means = Means(loader(settings), vocabulary, settings.jobs or default_jobs(), settings.index_from)
    with _found(wish_of(origin, settings), settings, tell) as found:
        with open_writer(settings, vocabulary) as writer:
            return ingest(found, writer, means, tell)


def wish_of(origin: str, settings: IngestSettings) -> Wish:
    """The source as the settings describe it."""
    return Wish(
        source=settings.source,
        origin=origin,
        version=settings.version,
        language=settings.language.strip().lower(),
        base_url=settings.base_url,
        tags=tuple(dict.fromkeys(filter(None, map(str.strip, settings.tags.split(","))))),
        author=settings.author,
        kind=settings.kind,
        keep=settings.keep,
    )


@contextlib.contextmanager
def _found(wish: Wish, settings: IngestSettings, tell: Tell) -> Iterator[Origin]:
    if is_url(wish.origin):
        # here: it loads an HTTP client, which files do not need
        from ankus_docs_rag.ingest.web import fetched_items, open_fetcher

        with fetched_items(wish, tell, partial(open_fetcher, settings.allow_network)) as found:
            yield found
    else:
        yield find_items(wish, settings.include, settings.exclude, settings.max_file_mb << 20)
