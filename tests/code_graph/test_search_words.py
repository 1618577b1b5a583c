"""Names as words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_code_graph.search.words import index_text, query_text, split_name

WORDS = st.lists(st.from_regex(r"[a-z]{2,8}", fullmatch=True), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("heap_insert", "heap insert"),
        ("ExecInitNode", "exec init node"),
        ("RelationGetSmgr", "relation get smgr"),
        ("XLogInsert", "x log insert"),
        ("LWLockAcquire", "lw lock acquire"),
        ("BTREE_AM_OID", "btree am oid"),
        ("pg_md5_hash", "pg md 5 hash"),
        ("_PG_init", "pg init"),
        ("İstanbul", "istanbul"),
        ("Таблица", "таблица"),
        ("___", ""),
    ],
)
def test_a_name_falls_into_its_parts(name: str, parts: str) -> None:
    assert split_name(name) == parts.split()


@given(WORDS)
def test_the_parts_are_the_same_however_a_name_is_written(words: list[str]) -> None:
    snake, camel = "_".join(words), "".join(word.title() for word in words)
    assert split_name(snake) == split_name(camel) == split_name(snake.upper()) == words


@given(WORDS)
def test_a_name_is_found_by_each_way_to_write_it(words: list[str]) -> None:
    indexed = index_text("".join(word.title() for word in words), "").split()
    for asked in ("_".join(words), "".join(words), " ".join(words), "".join(map(str.title, words))):
        assert set(query_text(asked).split()) <= set(indexed)


@given(st.text(), st.text())
def test_only_letters_and_digits_reach_the_index(name: str, comment: str) -> None:
    text = index_text(name, comment)
    assert all(word.isalnum() and word == word.lower() for word in text.split(" ") if word)
    text.encode()  # no lone surrogates


@given(st.text(), st.text())
def test_whatever_stands_in_a_document_is_found_by_its_own_text(name: str, comment: str) -> None:
    indexed = set(index_text(name, comment).split())
    assert set(query_text(name).split()) | set(query_text(comment).split()) <= indexed


def test_a_comment_is_indexed_up_to_a_bound_and_the_name_always() -> None:
    words = index_text("heap_insert", "word " * 1_000_000).split()
    assert len(words) < 3_000
    assert words.count("heap") == 2


def test_a_path_in_a_comment_is_words_and_no_path() -> None:
    assert index_text("f", "see src/backend/access/heap.c") == "f f see src backend access heap c"
