"""A file of SQL is read statement by statement, each with the comments in front of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.chunk import Limits, chunk_page
from ankus_docs_rag.model import Page
from ankus_docs_rag.read import Where
from ankus_docs_rag.read.sql import read_sql
from tests.docs_rag.pages import check_chunked, check_page, shown, visible, words


def read(text: str) -> Page:
    (page,) = read_sql(text.encode(), Where("a.sql"))
    check_page(page)
    return page


def texts(page: Page) -> list[str]:
    return [text for _, text in shown(page)]


def test_comments_stand_with_the_statement_after_them_or_in_its_line() -> None:
    page = read("-- one\nselect 1; -- still one\n\n/* two */\nselect 'a;b';\n-- the end\n")
    assert texts(page) == [
        "-- one\nselect 1; -- still one",
        "/* two */\nselect 'a;b';",
        "-- the end",
    ]
    assert page.kind == "sql"


def test_semicolons_within_a_function_body_do_not_end_it() -> None:
    body = "create function f() returns int language plpgsql as $$ begin return 1; end $$;"
    assert texts(read(f"{body}\nselect f();")) == [body, "select f();"]


def test_lines_for_psql_stand_with_the_statement_after_them() -> None:
    page = read("\\connect db\n\\set x 'it''s\nselect 1;\n")
    assert texts(page) == ["\\connect db\n\\set x 'it''s\nselect 1;"]


def test_the_data_of_copy_stands_with_it() -> None:
    copy = "COPY t (a) FROM stdin;\n1\tdon't\n2\tx;y\n\\."
    assert texts(read(f"select 1;\n{copy}\n\nselect 2;\n")) == ["select 1;", copy, "select 2;"]


@pytest.mark.parametrize("text", ["select 'never closed;\n\nmore", "select $$ x;\n\nmore"])
def test_what_cannot_be_scanned_is_paragraphs(text: str) -> None:
    page = read(text)
    assert [kind for kind, _ in shown(page)] == ["paragraph", "paragraph"]


def test_a_statement_is_one_passage() -> None:
    passages = chunk_page(read("select 1;\n\nselect 2;"), Limits(), words).passages
    assert [passage.form for passage in passages] == ["statement", "statement"]


_PARTS = st.sampled_from(
    [
        "select 1",
        ";",
        " ",
        "\n",
        "'a;b'",
        "$$",
        "-- c;\n",
        "/* d */",
        "\\echo ;\n",
        "é",
        "create table t (a int)",
        "copy t from stdin;\n",
        "\\.\n",
        "BEGIN ATOMIC",
        "END",
    ]
)


@given(st.lists(_PARTS, max_size=14))
def test_every_character_of_any_file_is_in_a_passage(parts: list[str]) -> None:
    page = read("".join(parts))
    assert visible(page.text) == visible("".join(parts))
    limits = Limits(tokens=24, large_tokens=24, piece=20, large_piece=20, passage=60, part=40)
    check_chunked(chunk_page(page, limits, words), limits)
