"""BGE-M3 by onnxruntime alone (the extra `bge-m3-onnx`), imported when it is opened."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ankus_docs_rag.embed.bge import MAX_TOKENS, BgeM3, Library, as_weights, hash_of
from ankus_shared.embed.embedder import ModelIdentity, Vectors, Weights
from ankus_shared.embed.errors import ModelMissing

NAME = "bge-m3-onnx"
INSTALL = "pip install 'ankus-docs-rag[bge-m3-onnx]'"


def open_bge_m3_onnx(folder: Path | None, *, threads: int = 0) -> BgeM3:
    """Load it from a folder that `bge-m3-lite download` filled, by default that program's own.

    Raises:
        ModelMissing: The library is not installed, or a file is not there; nothing is downloaded.
    """
    try:
        from bge_m3_lite import BGEM3Embedder, hub
    except ImportError as error:
        raise ModelMissing(f"The model {NAME} needs bge-m3-lite.", hint=INSTALL) from error
    place = (folder or hub.default_cache_dir()).expanduser()
    heads = (*hub.TOKENIZER_FILES, *hub.HEAD_FILES)
    exact, small = (*heads, *hub.MODEL_FILES, *hub.FUSED_FILES), (*heads, *hub.INT8_FILES)
    precision, files = ("int8", small) if not _missing(place, small) else ("fp32", exact)
    if missing := _missing(place, files):
        raise ModelMissing(
            f"{place} does not hold {NAME}: {', '.join(missing)} is not there or not whole.",
            hint=f"BGE_M3_LITE_CACHE={place} bge-m3-lite download (2.6 GB)",
        )
    model = BGEM3Embedder(place, num_threads=threads or None, quiet=True, precision=precision)
    vocabulary = [place / file.name for file in hub.TOKENIZER_FILES]
    return _embedder(model, {place / file.name for file in files}.difference(vocabulary), vocabulary)


def _missing(place: Path, files: Iterable[Any]) -> list[str]:
    """Names of the files that the library would download: it checks the small ones by their hash."""
    from bge_m3_lite import hub

    return [
        file.name
        for file in files
        if not hub.is_complete(place / file.name, file, verify=file.size < hub.VERIFY_LIMIT)
    ]


def _embedder(model: Any, weights: Iterable[Path], vocabulary: Iterable[Path]) -> BgeM3:
    def encode(texts: list[str]) -> tuple[Vectors, list[Weights]]:
        found = model.encode(texts, max_length=MAX_TOKENS, return_dense=True, return_sparse=True)
        return found["dense_vecs"].astype(np.float32), [as_weights(each) for each in found["lexical_weights"]]

    def count(texts: list[str]) -> list[int]:
        # the model's own method cuts
        return [len(model.tokenizer.encode(text, max_length=10**9)) for text in texts]

    identity = ModelIdentity(
        name=NAME,
        weights=hash_of(weights),
        dimensions=model.sparse_w.shape[0],
        query_prefix="",
        passage_prefix="",
        pooling="cls",
        tokenizer=hash_of(vocabulary),
    )
    return BgeM3(Library(encode, count, model.close), identity, MAX_TOKENS)
