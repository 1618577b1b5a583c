"""What all vectors have in common is taken off, for each language apart, and lengths are 1 again."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.embed.catalogue import open_embedder
from ankus_docs_rag.embed.centre import Centre, shipped_centre
from ankus_docs_rag.embed.settings import EmbedSettings
from ankus_shared.embed.e5 import open_e5

DIMENSIONS = 4
EYE = np.eye(DIMENSIONS, dtype=np.float32)
CENTRE = Centre({"en": EYE[0], "ru": EYE[1]}, {"en": EYE[2], "ru": EYE[0]}, EYE[3:])


def vectors(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_the_mean_of_a_texts_language_is_taken_off() -> None:
    both = vectors([1, 1, 0, 0], [1, 1, 0, 0])

    moved = CENTRE.centred_passages(both, ["an owl", "сова"])

    assert moved.tolist() == [[0, 1, 0, 0], [1, 0, 0, 0]]


def test_questions_have_means_of_their_own() -> None:
    moved = CENTRE.centred_queries(vectors([1, 1, 1, 0]), ["an owl"])

    assert moved == pytest.approx(vectors([1, 1, 0, 0]) / np.sqrt(2))


def test_the_strongest_directions_are_gone() -> None:
    moved = CENTRE.centred_passages(vectors([2, 1, 0, 9]), ["an owl"])

    assert moved == pytest.approx(vectors([1, 1, 0, 0]) / np.sqrt(2))


@pytest.mark.parametrize("text", ["", "猫头鹰", "12 34", "∑"])
def test_a_text_of_another_language_is_taken_for_english(text: str) -> None:
    row = vectors([0, 0, 1, 0])

    assert np.array_equal(CENTRE.centred_passages(row, [text]), CENTRE.centred_passages(row, ["owl"]))


def test_no_vectors_stay_none() -> None:
    none = np.empty((0, DIMENSIONS), np.float32)

    assert CENTRE.centred_queries(none, []).shape == (0, DIMENSIONS)


def test_a_vector_that_is_nothing_but_the_mean_is_no_crash() -> None:
    moved = CENTRE.centred_passages(vectors([1, 0, 0, 0]), ["owl"])

    assert np.isfinite(moved).all()


def test_the_shipped_centre_fits_the_model_and_is_the_same_each_time() -> None:
    centre = shipped_centre()

    for means in (centre.passages, centre.queries):
        assert set(means) == {"en", "ru"}
        assert all(mean.shape == (384,) for mean in means.values())
    assert centre.directions @ centre.directions.T == pytest.approx(np.eye(len(centre.directions)), abs=1e-4)
    assert centre is shipped_centre()
    assert len(centre.hash) == 64


def test_another_mean_is_another_hash() -> None:
    other = Centre(CENTRE.passages, {**CENTRE.queries, "ru": EYE[1]}, CENTRE.directions)

    assert other.hash != CENTRE.hash
    assert Centre(CENTRE.passages, CENTRE.queries, CENTRE.directions).hash == CENTRE.hash


@given(st.integers(0, 2**32 - 1), st.integers(0, 5))
def test_any_vectors_have_length_one_and_nothing_in_the_directions(seed: int, count: int) -> None:
    centre = shipped_centre()
    rows = np.random.default_rng(seed).normal(size=(count, 384)).astype(np.float32)

    moved = centre.centred_passages(rows, ["сова"] * count)

    assert moved.dtype == np.float32
    assert np.linalg.norm(moved, axis=1) == pytest.approx(np.ones(count), abs=1e-5)
    assert np.abs(moved @ centre.directions.T).max(initial=0) < 1e-4


def test_e5_of_the_catalogue_is_centred_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path))
    texts = ["An index is built without locking writes.", "The size of a table is told by a function."]
    centred = open_embedder(EmbedSettings(model_threads=1))
    after = centred.embed_passages(texts)
    centred.close()
    with open_e5(threads=1) as plain:
        before = plain.embed_passages(texts)

    assert centred.identity.options == {"recipe": "int8-1", "centre": shipped_centre().hash}
    assert np.linalg.norm(after, axis=1) == pytest.approx(1, abs=1e-4)
    assert after[0] @ after[1] < before[0] @ before[1] - 0.3
