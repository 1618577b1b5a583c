"""BGE-M3 by FlagEmbedding and torch (the extra `bge-m3`), which are imported when it is opened."""

from pathlib import Path
from typing import Any

import numpy as np

from ankus_docs_rag.embed.bge import MAX_TOKENS, BgeM3, Library, as_weights, hash_of
from ankus_shared.embed.embedder import ModelIdentity, Vectors, Weights
from ankus_shared.embed.errors import ModelMissing

NAME = "bge-m3"
HUB_NAME = "BAAI/bge-m3"
INSTALL = "pip install torch==2.13.0 && pip install 'ankus-docs-rag[bge-m3]'"

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin", "sparse_linear.pt")
_VOCABULARY = ("tokenizer.json", "sentencepiece.bpe.model")
_SLICE = 32


def open_bge_m3(folder: Path | None, *, threads: int = 0) -> BgeM3:
    """Load it from a folder as the hub has it; nothing is downloaded.

    Raises:
        ModelMissing: The library is not installed, or the weights are not there.
    """
    try:
        import torch
        from FlagEmbedding import BGEM3FlagModel
    except ImportError as error:
        message = f"The model {NAME} needs FlagEmbedding and torch, and one cannot be imported: {error}."
        raise ModelMissing(message, hint=INSTALL) from error
    checked = checked_folder(folder)
    if threads:
        torch.set_num_threads(threads)
    accelerated = torch.cuda.is_available()
    device = "cuda:0" if accelerated else "cpu"
    model = BGEM3FlagModel(str(checked), use_fp16=accelerated, devices=device)
    return _embedder(model, checked)


def checked_folder(folder: Path | None) -> Path:
    """The folder, if it has all that belongs to the model.

    Raises:
        ModelMissing: It is not set, or something is not in it.
    """
    hint = f"huggingface-cli download {HUB_NAME} --local-dir FOLDER, then set --model-weights FOLDER."
    if folder is None:
        raise ModelMissing(f"No folder with the weights of {NAME} is set.", hint=hint)
    wanted = ("config.json", "sparse_linear.pt", "colbert_linear.pt")
    missing = [name for name in wanted if not (folder / name).is_file()]
    missing += [] if _found(folder, _VOCABULARY) else ["tokenizer.json"]
    missing += [] if _found(folder, _WEIGHTS[:2]) else ["model.safetensors"]
    if missing:
        raise ModelMissing(f"{folder} does not hold {NAME}: it has no {' and no '.join(missing)}.", hint=hint)
    return folder


def _embedder(model: Any, folder: Path) -> BgeM3:
    config = model.model.model.config

    def encode(texts: list[str]) -> tuple[Vectors, list[Weights]]:
        starts = range(0, len(texts), _SLICE)
        slices = [_encoded(model, texts[start : start + _SLICE], limit) for start in starts]
        return np.concatenate([dense for dense, _ in slices]), [each for _, part in slices for each in part]

    def count(texts: list[str]) -> list[int]:
        return [len(ids) for ids in model.tokenizer(texts, truncation=False)["input_ids"]] if texts else []

    # two positions are kept for padding
    limit = min(MAX_TOKENS, config.max_position_embeddings - 2)
    identity = ModelIdentity(
        name=NAME,
        weights=hash_of(_found(folder, _WEIGHTS)),
        dimensions=config.hidden_size,
        query_prefix="",
        passage_prefix="",
        pooling="cls",
        tokenizer=hash_of(_found(folder, _VOCABULARY)),
    )
    return BgeM3(Library(encode, count, model.stop_self_pool), identity, limit)


def _encoded(model: Any, texts: list[str], limit: int) -> tuple[Vectors, list[Weights]]:
    # a batch that is larger than the call: the library shows bars of progress otherwise
    found = model.encode(
        texts, batch_size=len(texts) + 1, max_length=limit, return_dense=True, return_sparse=True
    )
    return found["dense_vecs"].astype(np.float32), [as_weights(each) for each in found["lexical_weights"]]


def _found(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    return [path for pattern in patterns for path in folder.glob(pattern)]
