"""BGE-M3 by both of its libraries, on tiny random weights of its real form."""

import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ankus_docs_rag.embed.bge import BgeM3, Library, hash_of
from ankus_docs_rag.embed.bge_m3 import open_bge_m3
from ankus_docs_rag.embed.bge_m3_onnx import open_bge_m3_onnx
from ankus_shared.embed.embedder import ModelIdentity, Vectors, Weights
from ankus_shared.embed.errors import ModelMissing
from tests.docs_rag import tiny_bge

# the warnings of torch and transformers are not ours to mend
needs_library = [pytest.mark.bge, pytest.mark.filterwarnings("ignore")]
TEXTS = ["vacuum_cost_delay", "почему запрос не использует индекс?", "a", "", "autovacuum " * 30]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip(
        "FlagEmbedding", reason="FlagEmbedding or torch cannot be imported", exc_type=ImportError
    )
    folder = tmp_path_factory.mktemp("bge-m3")
    tiny_bge.make_checkpoint(folder)
    return folder


@pytest.fixture
def lite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files for bge-m3-lite, which is told to take them for the published ones."""
    hub = pytest.importorskip("bge_m3_lite", reason="bge-m3-lite is not installed").hub
    for tool in ("torch", "sentencepiece"):
        pytest.importorskip(tool, reason=f"{tool} is not installed, by which the files are made")
    made = tiny_bge.make_lite_files(tmp_path)
    for kind in ("TOKENIZER_FILES", "HEAD_FILES", "INT8_FILES"):
        files = [hub.RemoteFile(file.name, file.name, *made[file.name]) for file in getattr(hub, kind)]
        monkeypatch.setattr(hub, kind, tuple(files))
    return tmp_path


@pytest.fixture
def opened(request: pytest.FixtureRequest) -> Generator[BgeM3]:
    """The model by the library that the test is for."""
    open_model, files = request.param
    embedder = open_model(request.getfixturevalue(files))
    yield embedder
    embedder.close()


each_library = pytest.mark.parametrize(
    "opened",
    [
        pytest.param((open_bge_m3, "checkpoint"), id="FlagEmbedding", marks=needs_library),
        pytest.param((open_bge_m3_onnx, "lite"), id="bge-m3-lite", marks=needs_library),
    ],
    indirect=True,
)


@each_library
def test_vectors_have_length_one_and_do_not_hang_on_their_company(opened: BgeM3) -> None:
    together = opened.embed_passages(TEXTS)

    alone = np.concatenate([opened.embed_passages([text]) for text in TEXTS])

    assert together.shape == (len(TEXTS), opened.identity.dimensions)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert together == pytest.approx(alone, abs=1e-5)
    assert together.dtype == np.float32


@each_library
def test_lexical_weights_are_of_tokens_that_the_text_has(opened: BgeM3) -> None:
    weights = opened.lexical_passages(TEXTS)

    assert weights is not None
    assert [bool(each) for each in weights] == [True, True, True, False, True]
    assert all(token > 3 and weight > 0 for each in weights for token, weight in each.items())


@each_library
def test_questions_and_passages_are_alike(opened: BgeM3) -> None:
    assert np.array_equal(opened.embed_queries(TEXTS), opened.embed_passages(TEXTS))
    assert opened.lexical_queries(TEXTS) == opened.lexical_passages(TEXTS)


@each_library
def test_lengths_are_counted_with_both_ends_and_not_cut(opened: BgeM3) -> None:
    short, empty, long = opened.count_tokens(["a", "", "autovacuum " * 3000])

    assert (short > 2, empty) == (True, 2)
    assert long > opened.max_tokens
    assert opened.count_tokens([]) == []


@each_library
def test_what_is_over_the_limit_is_not_read(opened: BgeM3) -> None:
    words = "autovacuum " * 3000

    vectors = opened.embed_passages([words, words + "b"])

    assert np.array_equal(*vectors)


@each_library
def test_no_text_is_no_vector(opened: BgeM3) -> None:
    assert opened.embed_passages([]).shape == (0, opened.identity.dimensions)
    assert opened.lexical_queries([]) == []


@pytest.mark.bge
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "left_out", ["sparse_linear.pt", "config.json", "tokenizer.json", "model.safetensors"]
)
def test_weights_that_are_not_whole_are_told(checkpoint: Path, tmp_path: Path, left_out: str) -> None:
    shutil.copytree(checkpoint, tmp_path / "part", ignore=shutil.ignore_patterns(left_out))

    with pytest.raises(ModelMissing, match=left_out):
        open_bge_m3(tmp_path / "part")


@pytest.mark.bge
@pytest.mark.filterwarnings("ignore")
def test_a_folder_has_to_be_set_for_flag_embedding(checkpoint: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        open_bge_m3(None)

    assert "--model-weights" in caught.value.hint


@pytest.mark.bge
@pytest.mark.filterwarnings("ignore")
def test_a_file_that_the_small_library_would_download_is_told(lite: Path) -> None:
    (lite / "sparse_linear.pt").write_bytes(b"?" * (lite / "sparse_linear.pt").stat().st_size)

    with pytest.raises(ModelMissing, match=r"sparse_linear\.pt") as caught:
        open_bge_m3_onnx(lite)

    assert "bge-m3-lite download" in caught.value.hint
    assert (lite / "sparse_linear.pt").is_file()


def a_model(encode: Callable[[list[str]], tuple[Vectors, list[Weights]]]) -> BgeM3:
    identity = ModelIdentity("bge-m3", "", 1, "", "", "cls", "")
    return BgeM3(Library(encode, lambda texts: [2 for _ in texts], lambda: None), identity, 8192)


def test_vectors_and_weights_of_the_same_texts_are_of_one_pass() -> None:
    passes: list[Any] = []

    def encode(texts: list[str]) -> tuple[Vectors, list[Weights]]:
        passes.append(texts)
        return np.ones((len(texts), 1), np.float32), [{5: 1.0} for _ in texts]

    model = a_model(encode)

    model.embed_passages(["a", "b"])[:] = 7
    model.lexical_passages(["a", "b"])

    assert passes == [["a", "b"]]
    assert model.embed_passages(["a", "b"]).tolist() == [[1], [1]]


def test_a_hash_is_of_names_and_contents(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"2")
    before = hash_of([one, other])

    assert hash_of([other, one]) == before
    other.write_bytes(b"3")
    assert hash_of([one, other]) != before
