"""Reading a URL: one reading or none."""

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ankus_shared.web import BadUrl, host_of, parse
from ankus_shared.web.urls import LONGEST, origin_of


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://www.postgresql.org/docs/17/", "www.postgresql.org"),
        ("HTTPS://WWW.PostgreSQL.ORG", "www.postgresql.org"),
        ("http://localhost.:8080/a?b=c", "localhost."),
        ("http://8.8.8.8/", "8.8.8.8"),
        ("http://[2606:4700::1111]/", "2606:4700::1111"),
        ("http://_dmarc.my-site_1.example/", "_dmarc.my-site_1.example"),
        ("http://пример.рф/путь", "xn--e1afmkfd.xn--p1ai"),
        ("http://XN--E1AFMKFD.xn--p1ai/", "xn--e1afmkfd.xn--p1ai"),
        ("http://127。0。0。1/", "127.0.0.1"),
    ],
)
def test_a_proper_url_has_its_host_as_it_goes_over_the_wire(text: str, host: str) -> None:
    assert host_of(parse(text)) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        "page.html",
        "//example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "http:example.org",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://user:password@example.org/",
        "http://example.org:80@127.0.0.1/",
        "http://a@b@127.0.0.1/",
        "http://example.org\\@127.0.0.1/",
        "http:\\\\example.org",
        "http://example.org/a\\b",
        "http://example.org/\n",
        "http://exa\tmple.org/",
        "http://example.org/\r\nHost: other",
        "http://example.org/\x00",
        "http://example.org/\x7f",
        "http://example.org/\x85",
        "http://example.org/\u2028",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0X7F.0.0.1/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://127.0.0.1.1/",
        "http://256.0.0.1/",
        "http://127.0.0.1./",
        "http://example.0x7f/",
        "http://127.0.0.%31/",
        "http://exa mple.org/",
        "http://example..org/",
        "http://.example.org/",
        "http://-/\u0000",
        "http://exam!ple.org/",
        "http://１２７.0.0.1/",
        "http://ⓔxample.org/",
        "http://[::1/",
        "http://[::g]/",
        "http://[127.0.0.1]/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:-1/",
        "http://example.org:http/",
        f"http://{'a' * 64}.org/",
        f"http://{'a.' * 130}org/",
        f"http://example.org/{'a' * LONGEST}",
    ],
)
def test_what_two_readers_could_read_differently_is_refused(text: str) -> None:
    with pytest.raises(BadUrl) as caught:
        parse(text)
    assert caught.value.code == "bad_url"
    assert caught.value.hint


def test_a_refusal_shows_neither_password_nor_query() -> None:
    for text in (
        "http://user:hunter2@example.org/",
        "http://user:hunter2@example.org:bad/",
        "http://exa mple.org/?token=hunter2",
    ):
        with pytest.raises(BadUrl) as caught:
            parse(text)
        assert "hunter2" not in str(caught.value)


def test_the_fragment_is_left_away() -> None:
    assert str(parse("http://example.org/a?b#c")) == "http://example.org/a?b"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("/b", "http://example.org/b"),
        ("b", "http://example.org/a/b"),
        ("../b", "http://example.org/b"),
        ("//other.example/b", "http://other.example/b"),
        ("https://other.example", "https://other.example"),
        ("?q=1", "http://example.org/a/?q=1"),
    ],
)
def test_a_reference_is_read_from_where_it_stands(reference: str, url: str) -> None:
    assert str(parse(reference, httpx2.URL("http://example.org/a/"))) == url


@pytest.mark.parametrize(
    "reference", ["\\\\other.example", "/\t/other.example", "ftp://a/", "//u:p@b/", "//2130706433/"]
)
def test_a_reference_is_held_to_the_same_rules(reference: str) -> None:
    with pytest.raises(BadUrl):
        parse(reference, httpx2.URL("http://example.org/a/"))


def test_an_origin_has_the_port_that_the_scheme_stands_for() -> None:
    assert origin_of(parse("https://example.org/")) == ("https", "example.org", 443)
    assert origin_of(parse("http://example.org:8080/a")) == ("http", "example.org", 8080)


TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="htps:/.@\\[]%?#0127xfa-_ \t\n\u3002é").map(lambda tail: f"http://{tail}"),
)


@given(TEXTS)
@example("http://[::ffff:127.0.0.1]:80/..//./a")
def test_whatever_is_let_through_is_read_the_same_again(text: str) -> None:
    try:
        url = parse(text)
    except BadUrl:
        return
    assert parse(str(url)) == url
    assert url.scheme in ("http", "https")
    assert url.userinfo == b""
    assert host_of(url).isascii()
    assert host_of(url) == host_of(url).lower()
