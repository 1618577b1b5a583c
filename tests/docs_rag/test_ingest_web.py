"""A page or a sitemap as a source: fetched, followed, and honest about what did not arrive."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.ingest.report import Report
from ankus_docs_rag.ingest.run import Means, ingest
from ankus_docs_rag.ingest.web import fetched_items, open_fetcher
from ankus_docs_rag.ingest.wish import Wish
from ankus_docs_rag.read.web import CRAWL, user_agent
from ankus_docs_rag.store.writer import Writer
from ankus_shared.embed.embedder import Embedder
from ankus_shared.errors import AnkusError, SettingsError
from ankus_shared.web import Fetcher, Guard
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.embedders import WordEmbedder, WordTokenizer, opening
from tests.fixtures.site import Answer, Site, running_site


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        running.pages["/owls"] = html("Owls", "An owl hunts at night.")
        running.pages["/bears"] = html("Bears", "A bear sleeps.")
        running.pages["/sitemap.xml"] = sitemap(running, "/owls", "/bears")
        yield running


def html(title: str, text: str) -> Answer:
    return Answer(f"<html lang=en><title>{title}</title><h1>{title}</h1><p>{text}</p></html>".encode())


def sitemap(site: Site, *paths: str) -> Answer:
    entries = "".join(f"<url><loc>{site.url(path)}</loc></url>" for path in paths)
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    return Answer(text.encode(), content_type="application/xml")


def fetcher() -> Fetcher:
    guard = Guard(networks=[ipaddress.ip_network("127.0.0.0/8")])
    return Fetcher(replace(CRAWL, delay=0.0), guard, user_agent())


def ingested(writer: Writer, url: str, embedder: Embedder | None = None) -> Report:
    load = opening(WordEmbedder()) if embedder is None else lambda _: embedder
    with fetched_items(Wish("web", url), lambda *_: None, fetcher) as origin:
        return ingest(origin, writer, Means(load, WordTokenizer), lambda *_: None)


def test_a_sitemap_is_a_source_that_follows_its_pages(
    site: Site, writer: Writer, docs_database: DocsDatabase
) -> None:
    url = site.url("/sitemap.xml")
    assert ingested(writer, url).pages == 2
    assert str(ingested(writer, url)) == "web: 2 pages, nothing changed."
    site.pages["/owls"] = html("Owls", "An owl hunts by day.")
    site.pages["/bears"] = Answer(status=410)
    report = ingested(writer, url)
    assert (report.pages, report.changed, report.removed) == (1, 1, 1)
    rows = docs_database.rows("SELECT path, url, text FROM page")
    assert [row[:2] for row in rows] == [(site.url("/owls"), site.url("/owls"))]
    assert "by day" in rows[0][2]


def test_a_page_that_does_not_arrive_this_time_stays_as_it_was(site: Site, writer: Writer) -> None:
    ingested(writer, site.url("/sitemap.xml"))
    site.pages["/owls"] = Answer(status=500)
    report = ingested(writer, site.url("/sitemap.xml"))
    assert (report.pages, report.changed, report.removed) == (2, 0, 0)
    assert [file for file, _ in report.problems] == [site.url("/owls")]


def test_a_single_page_that_does_not_arrive_is_an_error(site: Site, writer: Writer) -> None:
    with pytest.raises(AnkusError, match="404"):
        ingested(writer, site.url("/none"))
    assert writer.sources() == []


def test_a_sitemap_of_which_no_page_arrives_is_no_source(site: Site, writer: Writer) -> None:
    site.pages["/owls"] = site.pages["/bears"] = Answer(status=500)
    with pytest.raises(BadSource, match=r"So it is with 1 more\."):
        ingested(writer, site.url("/sitemap.xml"))


def test_a_network_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="--allow-network"):
        open_fetcher(["intranet"])
