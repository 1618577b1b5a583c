"""FlagReranker of FlagEmbedding and torch (the extra `bge-m3`), which are imported when it is opened."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ankus_docs_rag.embed.bge_m3 import INSTALL
from ankus_shared.embed.errors import ModelMissing

HUB_NAME = "BAAI/bge-reranker-v2-m3"
_MAX_TOKENS = 1024


class FlagReranker:
    """A `CrossEncoder` of this process.

    Args:
        compute: Pairs of a question and a passage -> their scores.
    """

    def __init__(self, compute: Callable[[list[tuple[str, str]]], Any]) -> None:
        self._compute = compute

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """The logit of each passage's relevance."""
        pairs = [(question, passage) for passage in passages]
        found = self._compute(pairs) if pairs else []
        # the library gives a number, not a list, for one pair in some of its versions
        return [float(score) for score in (found if isinstance(found, list) else [found])]

    def close(self) -> None:
        """Nothing but memory, which goes with it."""


def open_flag_reranker(model: str) -> FlagReranker:
    """Load a reranker from a folder as the hub has it; nothing is downloaded.

    Raises:
        ModelMissing: The library is not installed, or the folder holds no model.
    """
    try:
        import torch
        from FlagEmbedding import FlagReranker as Library
    except ImportError as error:
        message = f"The reranker 'flag' needs FlagEmbedding and torch, and one cannot be imported: {error}."
        raise ModelMissing(message, hint=INSTALL) from error
    folder = _checked_folder(model)
    accelerated = torch.cuda.is_available()
    device = "cuda:0" if accelerated else "cpu"
    loaded = Library(str(folder), use_fp16=accelerated, devices=device)
    # two positions are kept for padding
    limit = min(_MAX_TOKENS, loaded.model.config.max_position_embeddings - 2)

    def compute(pairs: list[tuple[str, str]]) -> Any:
        # a batch that is larger than the call: the library shows bars of progress otherwise
        return loaded.compute_score(pairs, batch_size=len(pairs) + 1, max_length=limit)

    return FlagReranker(compute)


def _checked_folder(model: str) -> Path:
    folder = Path(model)
    if not model or not (folder / "config.json").is_file():
        raise ModelMissing(
            f"The model of [rerank], '{model}', is no folder with a reranker's config.json.",
            hint=f"huggingface-cli download {HUB_NAME} --local-dir FOLDER, then set model to FOLDER.",
        )
    return folder
