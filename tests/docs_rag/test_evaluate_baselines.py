"""The baselines are what they claim to be: any word finds, BM25 is the textbook's, RRF adds up ranks."""

from collections import Counter
from collections.abc import Iterator
from math import log
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from ankus_docs_rag.errors import NotWritable
from ankus_docs_rag.evaluate import bm25
from ankus_docs_rag.evaluate.baselines import BM25, FULL_TEXT, baselines, rrf
from ankus_docs_rag.evaluate.questions import Question
from ankus_docs_rag.evaluate.run import System
from ankus_docs_rag.settings import ReadSettings
from ankus_docs_rag.store.connect import STORE
from tests.docs_rag.evaluations import answers
from tests.docs_rag.passages import database_on, fill
from tests.fixtures.db import Server

PAGES = {
    "wal.html": ["The write-ahead log 🐘 is written.", "A checkpoint flushes pages."],
    "vacuum.html": ["Vacuuming removes dead rows and dead index entries."],
    "ru.html": ["Журнал предзаписи хранит изменения."],
}


@pytest.fixture
def settings(embedded: Server) -> Iterator[ReadSettings]:
    with database_on(embedded) as made:
        yield made


@pytest.fixture(scope="module")
def filled(embedded: Server) -> Iterator[ReadSettings]:
    with database_on(embedded) as made:
        fill(made, PAGES)
        yield made


@pytest.fixture
def store(filled: ReadSettings) -> Iterator[psycopg.Connection[Any]]:
    with STORE.writing(filled) as (connection, _):
        yield connection


def asked(text: str) -> Question:
    return Question(id="q", question=text, answerable=False)


@pytest.mark.parametrize("name", [FULL_TEXT, BM25])
async def test_any_word_of_a_question_finds_in_any_form(store: psycopg.Connection[Any], name: str) -> None:
    system = baselines(store)[name]

    found = await system(asked("How does a checkpoint flush the unrelated page?"))

    assert [hit.text for hit in found.hits] == ["A checkpoint flushes pages."]
    [hit] = found.hits
    assert (hit.path, hit.url) == ("wal.html", "https://example.org/wal.html")
    assert hit.anchors == ("wal.html-1",)


@pytest.mark.parametrize("name", [FULL_TEXT, BM25])
async def test_russian_words_find_in_any_form_too(store: psycopg.Connection[Any], name: str) -> None:
    found = await baselines(store)[name](asked("Где хранятся изменения журналов?"))

    assert [hit.path for hit in found.hits] == ["ru.html"]


@pytest.mark.parametrize("name", [FULL_TEXT, BM25])
@pytest.mark.parametrize("text", ["the", "???", "quux", "'", 'a "b -c', "x & | ! <->"])
async def test_what_has_no_word_in_the_documents_finds_nothing(
    store: psycopg.Connection[Any], name: str, text: str
) -> None:
    assert (await baselines(store)[name](asked(text))).hits == []


async def test_a_flag_in_a_question_is_a_word_and_excludes_nothing(store: psycopg.Connection[Any]) -> None:
    found = await baselines(store)[FULL_TEXT](asked("quux -checkpoint"))

    assert [hit.text for hit in found.hits] == ["A checkpoint flushes pages."]


@pytest.mark.parametrize("name", [FULL_TEXT, BM25])
async def test_no_more_is_found_than_wanted(store: psycopg.Connection[Any], name: str) -> None:
    system = baselines(store, depth=1)[name]

    assert len((await system(asked("written dead checkpoint"))).hits) == 1


async def test_the_baselines_can_be_made_again_on_one_connection(settings: ReadSettings) -> None:
    fill(settings, PAGES)
    with STORE.writing(settings) as (connection, _):
        baselines(connection)
        fill(settings, {"new.html": ["Quux is new."]})

        found = await baselines(connection)[BM25](asked("quux"))

    assert [hit.path for hit in found.hits] == ["new.html"]


async def test_an_empty_store_finds_nothing(settings: ReadSettings) -> None:
    with STORE.writing(settings) as (connection, _):
        for system in baselines(connection).values():
            assert (await system(asked("anything"))).hits == []


def test_a_role_that_may_make_no_temporary_table_is_told_how(settings: ReadSettings) -> None:
    with STORE.writing(settings) as (connection, _):
        names = {"database": sql.Identifier(connection.info.dbname), "role": sql.Identifier("only_reads")}
        connection.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC").format(**names))
        connection.execute(sql.SQL("CREATE ROLE {role}").format(**names))
        connection.execute(sql.SQL("SET ROLE {role}").format(**names))

        with pytest.raises(NotWritable, match="may make no temporary table"):
            baselines(connection)

        connection.execute(sql.SQL("RESET ROLE; DROP ROLE {role}").format(**names))


WORDS = st.lists(st.lists(st.sampled_from("abcde"), max_size=8), min_size=1, max_size=6)


def scores_by_hand(documents: list[list[str]], query: list[str]) -> list[float]:
    """The formula of Robertson & Zaragoza, term by term."""
    mean = max(sum(map(len, documents)) / len(documents), 1)
    scores = []
    for document in documents:
        counts, score = Counter(document), 0.0
        for word in query:
            having = sum(word in other for other in documents)
            idf = log(1 + (len(documents) - having + 0.5) / (having + 0.5))
            damped = 1.2 * (1 - 0.75 + 0.75 * len(document) / mean)
            score += idf * counts[word] * 2.2 / (counts[word] + damped)
        scores.append(score)
    return scores


@given(WORDS, st.lists(st.sampled_from("abcdef"), unique=True, max_size=4))
def test_bm25_is_the_textbooks(documents: list[list[str]], query: list[str]) -> None:
    postings = [
        (number, word, times)
        for number, document in enumerate(documents)
        for word, times in Counter(document).items()
    ]

    best = bm25.index(len(documents), postings).best(query, 10)

    scores = scores_by_hand(documents, query)
    assert {at for at, score in enumerate(scores) if score > 0} == set(best)
    assert [scores[at] for at in best] == pytest.approx(sorted((scores[at] for at in best), reverse=True))


def ranking(*numbers: int) -> System:
    """A system that finds passages 0, 1, 2 … under the names of these numbers."""
    pages = [f"{number}.html" for number in numbers]
    inner = answers({"q": pages})

    async def system(question: Question) -> Any:
        found = await inner(question)
        hits = [
            type(hit)(hit.path, hit.url, hit.anchors, hit.text, number)
            for hit, number in zip(found.hits, numbers, strict=True)
        ]
        return type(found)(hits)

    return system


async def test_rrf_adds_up_reciprocal_ranks() -> None:
    fused = rrf([ranking(1, 2, 3), ranking(3, 2, 4)])

    found = await fused(asked("anything"))

    # 3: 1/63 + 1/61, 2: 1/62 + 1/62, 1: 1/61, 4: 1/63
    assert [hit.passage_id for hit in found.hits] == [3, 2, 1, 4]


async def test_rrf_finds_no_more_than_wanted() -> None:
    found = await rrf([ranking(1, 2), ranking(3)], depth=2)(asked("anything"))

    assert [hit.passage_id for hit in found.hits] == [1, 3]
