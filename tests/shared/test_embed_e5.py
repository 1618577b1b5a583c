"""The embedded model makes the vectors of multilingual-E5-small, alone or in company."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from ankus_shared.embed.e5 import E5Small, open_e5
from ankus_shared.embed.packed import open_packed, weights_file
from ankus_shared.embed.xlmr import END, START, tokenizer_of
from tests.shared.e5_reference import Reference

ENGLISH = (
    "max_connections (integer): determines the maximum number of concurrent connections to the server.",
    "SELECT pg_size_pretty(pg_total_relation_size('public.orders')); -- 1,234 MB",
    "VACUUM reclaims storage occupied by dead tuples. In normal operation, tuples that are deleted or "
    "obsoleted by an update are not physically removed from their table until a VACUUM is done.",
)
RUSSIAN = (
    "Автоочистка запускается, когда число мёртвых кортежей превышает порог.",
    "Почему запрос не использует индекс, хотя он есть?",
    "Параметр wal_level определяет, как много информации записывается в журнал предзаписи.",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the model is made."""
    return tmp_path_factory.mktemp("built")


@pytest.fixture(scope="module")
def embedder(built: Path) -> Generator[E5Small]:
    with open_e5(threads=2, built_folder=built) as opened:
        yield opened


def test_vectors_are_nearly_those_of_full_precision_in_both_languages(embedder: E5Small) -> None:
    reference = Reference(open_packed(weights_file()))
    texts = ENGLISH[:2] + RUSSIAN[1:]
    found = embedder.embed_passages(texts)

    ids = embedder.tokenizer.encode_ids([f"passage: {text}" for text in texts])
    with threadpool_limits(1):  # threads of BLAS wait for each other where cores are shared
        expected = np.stack([reference.vector([START, *each, END]) for each in ids])

    assert (found * expected).sum(axis=1).min() >= 0.995


def test_a_question_finds_its_passage_in_the_other_language(embedder: E5Small) -> None:
    questions = [
        "how many clients may connect at the same time?",
        "как посмотреть размер таблицы?",
        "когда удаляются мёртвые строки?",
    ]

    scores = embedder.embed_queries(questions) @ embedder.embed_passages(ENGLISH).T

    assert scores.argmax(axis=1).tolist() == [0, 1, 2]


def test_vectors_have_length_one_and_384_dimensions(embedder: E5Small) -> None:
    vectors = embedder.embed_passages(["", " ", "a", *RUSSIAN])

    assert vectors.shape == (6, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(6), abs=1e-5)


def test_no_text_gives_no_vector(embedder: E5Small) -> None:
    assert embedder.embed_queries([]).shape == (0, 384)
    assert embedder.count_tokens([]) == []


def test_a_text_has_the_same_vector_alone_and_among_others(embedder: E5Small) -> None:
    together = embedder.embed_passages([*ENGLISH, "x" * 900, *RUSSIAN])

    alone = np.concatenate([embedder.embed_passages([text]) for text in ENGLISH])

    assert np.array_equal(together[: len(ENGLISH)], alone)


def test_many_callers_at_once_get_what_one_gets(embedder: E5Small) -> None:
    expected = [embedder.embed_queries([text]) for text in ENGLISH + RUSSIAN]

    with ThreadPoolExecutor(4) as callers:
        found = list(callers.map(lambda text: embedder.embed_queries([text]), ENGLISH + RUSSIAN))

    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))


def test_a_question_and_a_passage_of_the_same_words_differ(embedder: E5Small) -> None:
    assert not np.allclose(embedder.embed_queries(ENGLISH), embedder.embed_passages(ENGLISH), atol=1e-3)


def test_what_is_over_512_tokens_is_counted_but_not_read(embedder: E5Small) -> None:
    words = "index " * 600
    longer = words + "vacuum " * 50

    counts = embedder.count_tokens([words, longer])

    assert embedder.max_tokens == 512
    assert counts[0] > 512
    assert counts[1] - counts[0] >= 50
    assert np.array_equal(*embedder.embed_passages([words, longer]))


def test_the_count_of_tokens_has_the_prefix_and_both_ends_in_it(embedder: E5Small) -> None:
    text = "passage: Hello world"
    (ids,) = embedder.tokenizer.encode_ids([text])

    assert embedder.count_tokens(["Hello world"]) == [len(ids) + 2]


def test_the_tokenizer_is_one_for_the_whole_process(embedder: E5Small) -> None:
    assert tokenizer_of(weights_file()) is embedder.tokenizer


def test_the_identity_tells_weights_prefixes_and_recipe(embedder: E5Small) -> None:
    identity = embedder.identity

    assert identity.weights.startswith("1571fc98")
    assert (identity.query_prefix, identity.passage_prefix) == ("query: ", "passage: ")
    assert identity.options == {"recipe": "int8-1", "centre": ""}
    assert embedder.lexical_queries(["a"]) is None
    assert embedder.lexical_passages(["a"]) is None
