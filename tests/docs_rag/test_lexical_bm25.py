"""The inner product of two sparse vectors is the BM25 score."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.lexical.bm25 import (
    MOST_NONZEROS,
    TOKEN_DIMENSIONS,
    FieldWeights,
    by_id,
    document_weights,
    field_counts,
    idf,
    query_weights,
    sparse_text,
)
from ankus_docs_rag.lexical.words import WORD_DIMENSIONS, term_id
from tests.fixtures.db import Clone, Server

counts = st.dictionaries(st.integers(0, 50), st.floats(0.1, 100), min_size=1, max_size=20)
vectors = st.dictionaries(
    st.integers(0, WORD_DIMENSIONS - 1),
    st.floats(-1e6, 1e6, width=32, allow_nan=False).filter(lambda weight: weight == 0 or abs(weight) > 1e-30),
    max_size=50,
)


def test_the_product_of_both_halves_is_the_published_formula() -> None:
    frequency, passages, length, mean, k1, b = {7: 3, 9: 40}, 100, 120.0, 80.0, 1.2, 0.35
    document = document_weights({7: 2, 9: 5, 11: 1}, length, mean, k1, b)
    question = query_weights({7: 1, 9: 2}, frequency, passages)

    score = sum(weight * document[term] for term, weight in question.items())

    def part(count: float, having: int) -> float:
        saturated = count * (k1 + 1) / (count + k1 * (1 - b + b * length / mean))
        return math.log(1 + (passages - having + 0.5) / (having + 0.5)) * saturated

    assert score == pytest.approx(part(2, 3) + 2 * part(5, 40))


@given(counts, st.floats(1, 1e4), st.floats(1, 1e4))
def test_a_document_half_is_bounded_and_grows_with_the_count(
    counted: dict[int, float], length: float, mean: float
) -> None:
    weights = document_weights(counted, length, mean)
    doubled = document_weights({term: 2 * count for term, count in counted.items()}, length, mean)

    assert weights.keys() == counted.keys()
    assert all(0 < weights[term] < doubled[term] < 2.2 for term in counted)


@given(counts)
def test_a_longer_document_says_less_by_the_same_words(counted: dict[int, float]) -> None:
    short, long = document_weights(counted, 50, 100), document_weights(counted, 200, 100)

    assert all(long[term] < short[term] for term in counted)


@given(st.integers(0, 2_000), st.integers(0, 1_000))
def test_idf_is_above_zero_even_of_a_stale_snapshot(having: int, passages: int) -> None:
    assert idf(having, passages) > 0


def test_a_rarer_term_weighs_more_and_an_unknown_one_nothing() -> None:
    weights = query_weights({1: 1, 2: 1, 3: 1}, {1: 2, 2: 90}, 100)

    assert weights[1] > weights[2] > 0
    assert 3 not in weights


def test_what_a_passage_defines_counts_more_than_what_it_mentions() -> None:
    counted = field_counts(["vacuum", "vacuum", "lock"], ["vacuum"], ["sweep"], ["autovacuum"])

    assert counted == {"vacuum": 4.0, "lock": 1.0, "sweep": 2.0, "autovacuum": 4.0}
    assert field_counts(["a"], ["b"], weights=FieldWeights(headings=0)) == {"a": 1.0}


def test_counts_are_kept_when_terms_become_ids() -> None:
    assert by_id({"vacuum": 2.0, "lock": 1.0}) == {term_id("vacuum"): 2.0, term_id("lock"): 1.0}


def test_the_text_form_counts_places_from_one() -> None:
    assert sparse_text({4: 0.5, 0: 2.0}, 5) == "{1:2,5:0.5}/5"
    assert sparse_text({}, TOKEN_DIMENSIONS) == "{}/250002"


def test_only_the_heaviest_weights_are_kept() -> None:
    text = sparse_text({place: float(place + 1) for place in range(MOST_NONZEROS + 500)}, 10_000)

    places = [int(entry.split(":")[0]) for entry in text[1 : text.index("}")].split(",")]
    assert places == list(range(501, MOST_NONZEROS + 501))


@pytest.mark.parametrize("weights", [{-1: 1.0}, {5: 1.0}, {0: math.nan}, {0: math.inf}, {0: 1e300}])
def test_what_no_sparse_vector_can_hold_is_refused(weights: dict[int, float]) -> None:
    with pytest.raises(ValueError, match=r"dimensions|weight|sparse vector"):
        sparse_text(weights, 5)


@pytest.fixture
def with_vectors(embedded: Server, clone: Clone) -> Clone:
    """A database that has pgvector."""
    with clone.admin() as connection:
        connection.execute("CREATE EXTENSION vector")
    return clone


def test_pgvector_reads_what_is_written(with_vectors: Clone) -> None:
    with with_vectors.admin() as connection:

        @given(vectors)
        def reads(weights: dict[int, float]) -> None:
            text = sparse_text(weights, WORD_DIMENSIONS)
            row = connection.execute("SELECT %s::sparsevec::text", [text]).fetchone()
            assert row is not None
            assert _parsed(row[0]) == pytest.approx(_parsed(text), rel=1e-6)
            assert _parsed(row[0]).keys() == {place + 1 for place, weight in weights.items() if weight != 0}

        reads()


def test_pgvector_computes_the_score(with_vectors: Clone) -> None:
    document = document_weights({3: 2, 900_000_000: 1}, 3, 5)
    question = query_weights({900_000_000: 1, 17: 1}, {900_000_000: 1, 17: 4}, 10)

    with with_vectors.admin() as connection:
        row = connection.execute(
            "SELECT -(%s::sparsevec <#> %s::sparsevec)",
            [sparse_text(document, WORD_DIMENSIONS), sparse_text(question, WORD_DIMENSIONS)],
        ).fetchone()

    assert row is not None
    assert row[0] == pytest.approx(document[900_000_000] * question[900_000_000], rel=1e-5)


def _parsed(text: str) -> dict[int, float]:
    entries = text[1 : text.index("}")].split(",")
    return {int(place): float(weight) for place, weight in (entry.split(":") for entry in entries if entry)}
