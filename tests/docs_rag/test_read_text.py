"""Plain text and charsets: paragraphs as they are, in whatever charset they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.model import Page
from ankus_docs_rag.read import Where
from ankus_docs_rag.read.charset import decode
from ankus_docs_rag.read.text import read_text
from ankus_docs_rag.read.visible import clean
from tests.docs_rag.pages import check_page, refusal, shown, visible

RUSSIAN = "Транзакция есть последовательность операций, которая выполняется целиком или не выполняется. " * 8


def read(data: bytes | str) -> Page:
    (page,) = read_text(data, Where("notes/a.txt"))
    check_page(page)
    return page


def test_empty_lines_divide_paragraphs_which_keep_their_lines() -> None:
    page = read("one\ntwo\r\n \r\n\n\n  three\n")
    assert shown(page) == [("paragraph", "one\ntwo"), ("paragraph", "three")]
    assert (page.kind, page.title, page.language) == ("text", "a.txt", "en")


def test_what_looks_like_a_heading_is_not_guessed() -> None:
    assert len(read("1. Title\n========\n\ntext").sections) == 1


def test_an_empty_file_is_a_page_without_blocks() -> None:
    assert read(b"").blocks == ()


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "windows-1251", "koi8-r"])
def test_russian_is_read_in_each_of_its_charsets(charset: str) -> None:
    page = read(RUSSIAN.encode(charset))
    assert page.text == RUSSIAN.strip()
    assert page.language == "ru"


def test_the_charset_that_the_sender_names_is_believed() -> None:
    assert decode("ж€".encode("windows-1251"), "a", "windows-1251") == "ж€"


def test_the_charset_that_a_file_declares_is_believed_unless_it_is_utf_8() -> None:
    page = '<meta charset="koi8-r">ёж'
    assert decode(page.encode("koi8-r"), "a") == page
    assert decode(page.encode(), "a") == page


@pytest.mark.parametrize("declared", ["no-such-charset", "base64", "undefined", "idna"])
def test_a_charset_that_is_none_is_passed_over(declared: str) -> None:
    assert decode("ёж".encode(), "a", declared) == "ёж"


@pytest.mark.parametrize("data", [b"MZ\x00\x01" * 50, b"\xff\xfe\x00"])
def test_a_binary_file_is_refused_by_its_name(data: bytes) -> None:
    with pytest.raises(BadSource, match=r"a\.bin") as caught:
        decode(data, "a.bin")
    assert "exclude" in caught.value.hint


@given(st.text())
def test_any_text_is_cleaned_so_that_postgresql_takes_it_and_only_once(text: str) -> None:
    cleaned = clean(text)
    assert "\0" not in cleaned
    cleaned.encode()
    assert clean(cleaned) == cleaned


@given(st.text(alphabet="ab ж€\n\t.", max_size=60))
def test_every_visible_character_stays_in_order(text: str) -> None:
    assert visible(read(text).text) == visible(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_a_typed_error(data: bytes) -> None:
    error = refusal(lambda: read(data))
    assert error is None or "a.txt" in error.message
