"""A URL -> the pages to read from the web: the page itself, or those that a sitemap lists.

Fetching is guarded and polite by `ankus_shared.web`; sitemaps are read by the protocol of sitemaps.org 0.9.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from anyio.to_thread import run_sync
from lxml import etree

from ankus_docs_rag.errors import BadSource
from ankus_shared.web import BadUrl, Fetched, Fetcher, FetchLimits, gunzip, host_of, parse

READABLE = (
    "text/html",
    "application/xhtml+xml",
    "text/plain",
    "text/markdown",
    "text/x-markdown",
    "application/pdf",
)
"""Content types that the readers have a form for."""
CRAWL = FetchLimits(content_types=READABLE, delay=1.0)
"""Bounds for reading a site: a page a second, and robots.txt is obeyed."""
MOST_PAGES = 1_000

_SITEMAP = (
    "application/xml",
    "text/xml",
    "application/gzip",
    "application/x-gzip",
    "application/octet-stream",
)
_LIKE_SITEMAP = re.compile(r"(\.xml|\.xml\.gz|/[\w-]*sitemap[\w-]*)/?", re.IGNORECASE)
_MOST_SITEMAPS = 100


def user_agent() -> str:
    """Who asks, for the log of the server and for its robots.txt."""
    return f"ankus-docs-rag/{version('ankus-docs-rag')}"


async def find_pages(url: str, fetcher: Fetcher, most: int = MOST_PAGES) -> list[str]:
    """The pages that a URL stands for, in the order of the sitemap, each once and without a fragment.

    Pages of other hosts are left out, as the protocol asks: a sitemap speaks for its own host only.

    Raises:
        BadSource: If a sitemap is broken, lists no page, or lists more than `most`.
        AnkusError: What `Fetcher.fetch` raises.
    """
    page = parse(url)
    if not _LIKE_SITEMAP.search(page.path):
        return [str(page)]
    first = await _read_sitemap(str(page), fetcher)
    if first is None:
        return [str(page)]
    pages = await _walk(str(page), first, fetcher, most)
    if not pages:
        raise BadSource(
            f"The sitemap {url!r} lists no page of its host.", hint="Name another sitemap or a page."
        )
    return list(pages)


async def fetch_page(url: str, fetcher: Fetcher, validator: str = "") -> Fetched | None:
    """A page as it is to be read; None where the copy that `validator` is of is still the current one.

    The `validator` of what is returned is what to keep for the next time.

    Raises:
        AnkusError: What `Fetcher.fetch` raises; a `BadStatus` says by `gone` that the page is no more.
    """
    page = await fetcher.fetch(url, content_types=READABLE, validator=validator)
    return None if page.unchanged else page


@dataclass(frozen=True)
class _Sitemap:
    """One file: what it lists, and whether that is pages or further sitemaps."""

    is_index: bool
    hosts: frozenset[str]
    entries: tuple[str, ...]

    def own(self) -> Iterator[str]:
        """The entries of its own host that are proper URLs."""
        for entry in self.entries:
            try:
                url = parse(entry)
            except BadUrl:
                continue
            if host_of(url) in self.hosts:
                yield str(url)


async def _walk(url: str, first: _Sitemap, fetcher: Fetcher, most: int) -> dict[str, None]:
    """All pages of a sitemap and of those that it names."""
    pages: dict[str, None] = {}
    files = {url: None}
    sitemap, done = first, 1
    while True:
        (files if sitemap.is_index else pages).update(dict.fromkeys(sitemap.own()))
        _check_number(url, len(pages), most, "pages")
        _check_number(url, len(files), _MOST_SITEMAPS, "sitemaps")
        if done == len(files):
            return pages
        sitemap = await _sitemap(list(files)[done], fetcher)
        done += 1


def _check_number(url: str, number: int, most: int, what: str) -> None:
    if number > most:
        raise BadSource(
            f"The sitemap {url!r} lists more than {most:,} {what}.",
            hint="Name one of its smaller sitemaps, or raise the bound.",
        )


async def _sitemap(url: str, fetcher: Fetcher) -> _Sitemap:
    found = await _read_sitemap(url, fetcher)
    if found is None:
        raise _broken(url, "it is other XML")
    return found


async def _read_sitemap(url: str, fetcher: Fetcher) -> _Sitemap | None:
    """Fetch and read one file; None where it is XML of another kind, or no XML at all."""
    answer = await fetcher.fetch(url, content_types=(*_SITEMAP, *READABLE))
    if answer.content_type not in _SITEMAP:
        return None
    data = gunzip(answer.body, fetcher.limits.body_bytes)
    hosts = frozenset({host_of(parse(url)), host_of(parse(answer.final_url))})
    return await run_sync(_parse, url, data, hosts)


def _parse(url: str, data: bytes, hosts: frozenset[str]) -> _Sitemap | None:
    root = _root(url, data)
    kind = etree.QName(root).localname
    if kind not in ("urlset", "sitemapindex"):
        return None
    entries = tuple(loc.text.strip() for loc in root.iterfind("{*}*/{*}loc") if loc.text)
    return _Sitemap(kind == "sitemapindex", hosts, entries)


def _root(url: str, data: bytes) -> etree._Element:
    """Parse XML that may not declare anything: no DTD, no entities, nothing from elsewhere.

    The encoding is UTF-8, as the protocol asks, whatever the file says: so a DTD cannot hide from the search.
    """
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise _broken(url, "it declares a document type")
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as exc:
        raise _broken(url, str(exc)[:200]) from exc


def _broken(url: str, why: str) -> BadSource:
    return BadSource(f"The sitemap {url!r} cannot be read: {why}.", hint="Name another sitemap or a page.")
