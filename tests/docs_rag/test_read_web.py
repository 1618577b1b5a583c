"""From a URL to the pages to read: sitemaps, what they may not do, and pages by the way."""

import gzip
import ipaddress
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.read.web import CRAWL, READABLE, _parse, fetch_page, find_pages, user_agent
from ankus_shared.errors import AnkusError
from ankus_shared.web import (
    BadStatus,
    BadUrl,
    BlockedAddress,
    Fetcher,
    FetchFailed,
    Guard,
    NotAllowedByRobots,
    TooLarge,
    UnsupportedContent,
)
from tests.fixtures.site import Answer, Site, running_site

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


async def loopback(host: str, port: int) -> Sequence[str]:
    """Every name is this machine."""
    return ["127.0.0.1"]


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
async def web() -> AsyncIterator[Fetcher]:
    guard = Guard(networks=LOOPBACK, resolver=loopback)
    async with Fetcher(replace(CRAWL, delay=0.0), guard, user_agent()) as fetcher:
        yield fetcher


def sitemap(*urls: str, kind: str = "urlset", item: str = "url") -> Answer:
    """A sitemap, or an index of them."""
    entries = "".join(f"<{item}><loc>\n{url}\n</loc></{item}>" for url in urls)
    text = f'<?xml version="1.0" encoding="UTF-8"?><{kind} xmlns="{SPACE}">{entries}</{kind}>'
    return Answer(text.encode(), content_type="application/xml")


def index(*urls: str) -> Answer:
    """An index of sitemaps."""
    return sitemap(*urls, kind="sitemapindex", item="sitemap")


async def failure(web: Fetcher, url: str, most: int = 1000) -> AnkusError:
    """What finding the pages of a URL raises."""
    with pytest.raises(AnkusError) as caught:
        await find_pages(url, web, most)
    return caught.value


async def test_a_page_stands_for_itself_and_is_not_asked_for_yet(site: Site, web: Fetcher) -> None:
    assert await find_pages(site.url("/docs/a.html#part"), web) == [site.url("/docs/a.html")]
    assert site.requests == []


async def test_a_sitemap_stands_for_its_pages_in_order_and_each_once(site: Site, web: Fetcher) -> None:
    pages = [site.url("/b"), site.url("/a?x=1&amp;y=2"), site.url("/b#part")]
    site.pages["/sitemap.xml"] = sitemap(*pages)
    assert await find_pages(site.url("/sitemap.xml"), web) == [site.url("/b"), site.url("/a?x=1&y=2")]


async def test_an_index_stands_for_the_pages_of_its_sitemaps(site: Site, web: Fetcher) -> None:
    site.pages["/sitemap_index.xml"] = index(
        site.url("/one.xml"), site.url("/two.xml.gz"), site.url("/one.xml")
    )
    site.pages["/one.xml"] = sitemap(site.url("/a"))
    packed = gzip.compress(sitemap(site.url("/b"), site.url("/a")).body)
    site.pages["/two.xml.gz"] = Answer(packed, content_type="application/x-gzip")
    assert await find_pages(site.url("/sitemap_index.xml"), web) == [site.url("/a"), site.url("/b")]
    assert site.paths.count("/one.xml") == 1


async def test_indexes_that_name_each_other_end(site: Site, web: Fetcher) -> None:
    site.pages["/sitemap.xml"] = index(site.url("/other.xml"), site.url("/sitemap.xml"), site.url("/a.xml"))
    site.pages["/other.xml"] = index(site.url("/sitemap.xml"))
    site.pages["/a.xml"] = sitemap(site.url("/a"))
    assert await find_pages(site.url("/sitemap.xml"), web) == [site.url("/a")]
    assert len(site.paths) == len(set(site.paths))


async def test_a_sitemap_speaks_for_its_own_host_only(site: Site, web: Fetcher) -> None:
    entries = ["http://other.example/a", "http://169.254.169.254/", "file:///etc/passwd", "", site.url("/a")]
    site.pages["/sitemap.xml"] = sitemap(*entries)
    assert await find_pages(site.url("/sitemap.xml"), web) == [site.url("/a")]


async def test_a_sitemap_that_moved_speaks_for_its_old_and_its_new_host(site: Site, web: Fetcher) -> None:
    moved = site.url("/new.xml", host="www.docs.example")
    site.lead("/sitemap.xml", moved)
    pages = [site.url(path, host) for path, host in (("/a", "docs.example"), ("/b", "www.docs.example"))]
    site.pages["/new.xml"] = sitemap(*pages)
    assert await find_pages(site.url("/sitemap.xml", host="docs.example"), web) == pages


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html xmlns='http://www.w3.org/1999/xhtml'><p>text</p></html>", content_type="text/xml"),
        Answer(b"<p>A map of our site", content_type="text/html"),
    ],
)
async def test_what_is_only_named_like_a_sitemap_is_a_page(site: Site, web: Fetcher, answer: Answer) -> None:
    site.pages["/sitemap"] = answer
    assert await find_pages(site.url("/sitemap"), web) == [site.url("/sitemap")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<urlset>",
        b"<urlset><url><loc>http://127.0.0.1/</url></urlset>",
        b"\xff\xfe<\x00a\x00",
        b"<?xml version='1.0' encoding='utf-16'?><urlset>\xff</urlset>",
        b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>',
        b'<!DOCTYPE urlset SYSTEM "http://169.254.169.254/"><urlset/>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>&x;</loc></url></urlset>',
        b"<urlset>" + b"<a>" * 10_000,
        b"\x1f\x8bbroken",
    ],
)
async def test_a_broken_or_cunning_sitemap_is_a_typed_error(site: Site, web: Fetcher, body: bytes) -> None:
    site.pages["/sitemap.xml"] = Answer(body, content_type="application/xml")
    assert isinstance(await failure(web, site.url("/sitemap.xml")), BadSource | FetchFailed)
    assert site.paths == ["/robots.txt", "/sitemap.xml"]


async def test_a_sitemap_that_unpacks_without_end_is_too_large(site: Site, web: Fetcher) -> None:
    bomb = gzip.compress(b"<urlset>" + bytes(20 * 2**20))
    site.pages["/sitemap.xml.gz"] = Answer(bomb, content_type="application/gzip")
    assert isinstance(await failure(web, site.url("/sitemap.xml.gz")), TooLarge)


async def test_more_pages_than_the_bound_are_refused_and_not_cut(site: Site, web: Fetcher) -> None:
    site.pages["/sitemap.xml"] = sitemap(*(site.url(f"/{number}") for number in range(4)))
    assert len(await find_pages(site.url("/sitemap.xml"), web, most=4)) == 4
    error = await failure(web, site.url("/sitemap.xml"), most=3)
    assert isinstance(error, BadSource)
    assert "more than 3 pages" in error.message


async def test_more_sitemaps_than_the_bound_are_refused_before_any_is_read(site: Site, web: Fetcher) -> None:
    site.pages["/sitemap.xml"] = index(*(site.url(f"/{number}.xml") for number in range(200)))
    assert "100 sitemaps" in (await failure(web, site.url("/sitemap.xml"))).message
    assert site.paths == ["/robots.txt", "/sitemap.xml"]


async def test_a_sitemap_that_is_missing_from_an_index_fails_the_whole(site: Site, web: Fetcher) -> None:
    site.pages["/sitemap.xml"] = index(site.url("/a.xml"), site.url("/missing.xml"))
    site.pages["/a.xml"] = sitemap(site.url("/a"))
    assert isinstance(await failure(web, site.url("/sitemap.xml")), BadStatus)


async def test_a_sitemap_without_a_page_of_its_host_is_said(site: Site, web: Fetcher) -> None:
    site.pages["/sitemap.xml"] = sitemap("http://other.example/")
    assert isinstance(await failure(web, site.url("/sitemap.xml")), BadSource)


async def test_an_index_that_leads_to_something_else_is_said(site: Site, web: Fetcher) -> None:
    site.pages["/sitemap.xml"] = index(site.url("/a.xml"))
    site.pages["/a.xml"] = Answer(b"<rss/>", content_type="text/xml")
    assert isinstance(await failure(web, site.url("/sitemap.xml")), BadSource)


@pytest.mark.parametrize(
    "url", ["ftp://example.org/sitemap.xml", "http://user:p@example.org/", "docs/a.html"]
)
async def test_what_is_no_web_address_is_refused_at_once(web: Fetcher, url: str) -> None:
    assert isinstance(await failure(web, url), BadUrl)


async def test_a_sitemap_in_a_private_network_is_not_asked_for(web: Fetcher) -> None:
    assert isinstance(await failure(web, "http://10.0.0.1/sitemap.xml"), BlockedAddress)


async def test_a_page_comes_with_bytes_and_type_and_once_only_while_it_does_not_change(
    site: Site, web: Fetcher
) -> None:
    site.pages["/a"] = Answer(
        "<p>да".encode("koi8-r"), content_type="text/html; charset=koi8-r", headers={"ETag": '"1"'}
    )
    page = await fetch_page(site.url("/a"), web)
    assert page is not None
    assert (page.body.decode(page.charset), page.content_type) == ("<p>да", "text/html")
    assert await fetch_page(site.url("/a"), web, page.validator) is None
    site.pages["/a"] = Answer(b"<p>new", headers={"ETag": '"2"'})
    changed = await fetch_page(site.url("/a"), web, page.validator)
    assert changed is not None
    assert changed.body == b"<p>new"


@pytest.mark.parametrize("content_type", READABLE)
async def test_what_the_readers_can_read_is_fetched(site: Site, web: Fetcher, content_type: str) -> None:
    site.pages["/a"] = Answer(b"x", content_type=content_type)
    page = await fetch_page(site.url("/a"), web)
    assert page is not None
    assert page.content_type == content_type


async def test_a_page_that_is_no_more_can_be_told_from_one_that_fails_today(site: Site, web: Fetcher) -> None:
    site.pages["/failing"] = Answer(status=503)
    for path, gone in (("/missing", True), ("/failing", False)):
        with pytest.raises(BadStatus) as caught:
            await fetch_page(site.url(path), web)
        assert caught.value.gone is gone


async def test_a_picture_is_not_read(site: Site, web: Fetcher) -> None:
    site.pages["/a.png"] = Answer(b"x", content_type="image/png")
    with pytest.raises(UnsupportedContent):
        await fetch_page(site.url("/a.png"), web)


async def test_the_robots_txt_is_that_for_our_name(site: Site, web: Fetcher) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: ankus-docs-rag\nDisallow: /private/")
    site.pages["/private/a"] = site.pages["/a"] = Answer(b"x")
    assert await fetch_page(site.url("/a"), web)
    with pytest.raises(NotAllowedByRobots):
        await fetch_page(site.url("/private/a"), web)
    assert site.requests[0].headers["user-agent"].startswith("ankus-docs-rag/")


ENTRIES = st.lists(st.text("abc/?&<>'\"#é\u0416 ", max_size=10))


@given(ENTRIES)
def test_every_entry_of_a_sitemap_is_read_as_it_was_written(paths: list[str]) -> None:
    written = [f"http://a.example/{path}".strip() for path in paths]
    body = sitemap(*map(escape, written)).body
    read = _parse("http://a.example/sitemap.xml", body, frozenset({"a.example"}))
    assert read is not None
    assert list(read.entries) == written


@given(st.binary(max_size=200))
def test_any_bytes_are_a_sitemap_or_other_xml_or_a_typed_error(data: bytes) -> None:
    try:
        read = _parse("http://a.example/sitemap.xml", b"<urlset>" + data, frozenset())
    except BadSource:
        return
    assert read is not None
