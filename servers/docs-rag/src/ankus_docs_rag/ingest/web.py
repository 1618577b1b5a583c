"""Pages of the web as items: fetched politely through the guard, and kept on disk until they are read."""

import contextlib
import hashlib
import ipaddress
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import anyio

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.ingest.embedding import Tell
from ankus_docs_rag.ingest.items import Origin, where_of
from ankus_docs_rag.ingest.reading import Item
from ankus_docs_rag.ingest.wish import Wish
from ankus_docs_rag.model import Page
from ankus_docs_rag.read.formats import read_document
from ankus_docs_rag.read.web import CRAWL, fetch_page, find_pages, user_agent
from ankus_docs_rag.read.where import Where
from ankus_shared.errors import AnkusError, SettingsError
from ankus_shared.web import BadStatus, Fetched, Fetcher, Guard

OpenFetcher = Callable[[], Fetcher]


@dataclass(frozen=True)
class WebItem:
    """A page that was fetched."""

    where: Where
    hash: bytes
    body: Path
    content_type: str
    charset: str

    @property
    def path(self) -> str:
        """Its address, as it was asked for."""
        return self.where.path

    def read(self) -> Sequence[Page]:
        """The page."""
        return read_document(self.body.read_bytes(), self.where, self.content_type, self.charset)


@dataclass(frozen=True)
class LostItem:
    """A page that could not be fetched this time."""

    path: str
    problem: str
    hash: bytes = b""

    def read(self) -> Sequence[Page]:
        """Say why.

        Raises:
            BadSource: Always.
        """
        raise BadSource(self.problem)


def open_fetcher(networks: Sequence[str] = ()) -> Fetcher:
    """One that reaches the public web, a page a second.

    Args:
        networks: Reached although they are not public, as CIDR.

    Raises:
        SettingsError: If one is no network.
    """
    try:
        allowed = [ipaddress.ip_network(network) for network in networks]
    except ValueError as error:
        raise SettingsError(f"{error}.", hint="Write --allow-network as 10.0.0.0/8.") from error
    return Fetcher(CRAWL, Guard(networks=allowed), user_agent())


@contextlib.contextmanager
def fetched_items(wish: Wish, tell: Tell, fetcher: OpenFetcher = open_fetcher) -> Iterator[Origin]:
    """The page of the wish's address, or those that its sitemap lists; a page that is gone is left out.

    Raises:
        AnkusError: If the address itself cannot be fetched.
    """
    with tempfile.TemporaryDirectory(prefix="ankus-docs-") as folder:
        yield Origin(wish, anyio.run(_fetch_all, wish, Path(folder), tell, fetcher))


async def _fetch_all(wish: Wish, folder: Path, tell: Tell, fetcher: OpenFetcher) -> list[Item]:
    items: list[Item] = []
    async with fetcher() as web:
        urls = await find_pages(wish.origin, web)
        for number, url in enumerate(urls):
            tell("fetch", number, len(urls))
            item = await _fetch(wish, url, web, folder / str(number), alone=len(urls) == 1)
            items += [] if item is None else [item]
        tell("fetch", len(urls), len(urls))
    return items


async def _fetch(wish: Wish, url: str, web: Fetcher, body: Path, *, alone: bool) -> Item | None:
    try:
        page = await fetch_page(url, web)
    except AnkusError as error:
        if alone:
            raise
        gone = isinstance(error, BadStatus) and error.gone
        return None if gone else LostItem(url, error.message)
    assert page is not None  # no validator was given
    await anyio.Path(body).write_bytes(page.body)
    return _item(wish, url, page, body)


def _item(wish: Wish, url: str, page: Fetched, body: Path) -> WebItem:
    where = replace(where_of(wish), path=url, url=page.final_url)
    content = hashlib.sha256(f"{page.content_type} {page.charset}\n".encode() + page.body).digest()
    return WebItem(where, wish.hash(content), body, page.content_type, page.charset)
