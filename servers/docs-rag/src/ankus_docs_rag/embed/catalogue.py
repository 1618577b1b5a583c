"""The models that can be chosen by name.

embedder = open_embedder(settings)
try: ...
finally: embedder.close()
"""

import difflib
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ankus_docs_rag.embed import bge_m3, bge_m3_onnx
from ankus_docs_rag.embed.centre import shipped_centre
from ankus_docs_rag.embed.settings import EmbedSettings
from ankus_docs_rag.errors import UnknownModel
from ankus_shared.embed import e5, endpoint
from ankus_shared.embed.cache import CachedQueries
from ankus_shared.embed.embedder import Embedder
from ankus_shared.embed.errors import ModelMissing
from ankus_shared.embed.packed import WHEEL, weights_file
from ankus_shared.embed.xlmr import XlmrTokenizer, tokenizer_of


@dataclass(frozen=True)
class Model:
    """A model of the catalogue."""

    about: str
    install: str
    """The command that installs it, or the flag that names it."""
    open: Callable[[EmbedSettings], Embedder]


def open_embedder(settings: EmbedSettings, name: str = "") -> Embedder:
    """Load a model; blocks for a second or more.

    Args:
        name: A key of `MODELS`, or endpoint:NAME for the model NAME of the endpoint; by default the set one.

    Raises:
        UnknownModel: No model of that name.
        ModelMissing: It is not installed; the hint is the command that installs it.
        ModelChanged: Its weights are others than before.
        EmbedderUnavailable: Its server does not answer.
        SettingsError: The endpoint has no URL, or the file of its key cannot be read.
    """
    if name and name != settings.model:  # the folder of weights is that of the other one
        settings = replace(settings, model=name, model_weights=None)
    check_name(settings.model)
    kind, _, there = settings.model.partition(":")
    embedder = MODELS[kind].open(replace(settings, embedder_model=there) if there else settings)
    return CachedQueries(embedder, settings.query_cache) if settings.query_cache else embedder


def check_name(name: str) -> None:
    """Refuse a name that no model has.

    Raises:
        UnknownModel: With the nearest that there is.
    """
    kind, _, there = name.partition(":")
    if kind not in MODELS or (there and kind != endpoint.KIND):
        raise _unknown(name)


def open_tokenizer(settings: EmbedSettings) -> XlmrTokenizer:
    """XLM-R's tokenizer from the weights of e5-small, whichever model makes vectors; takes under a second.

    Raises:
        ModelMissing: The weights are not installed.
        ModelChanged: They are others than before.
    """
    folder = settings.model_weights if settings.model == e5.NAME else None
    return tokenizer_of(weights_file(folder))


def _unknown(name: str) -> UnknownModel:
    nearest = difflib.get_close_matches(name.partition(":")[0], MODELS, n=1, cutoff=0.4)
    known = f"The models are {', '.join(MODELS)}."
    return UnknownModel(
        f"No model is named {name!r}.", hint=f"Did you mean {nearest[0]}? {known}" if nearest else known
    )


def _open_e5(settings: EmbedSettings) -> Embedder:
    return e5.open_e5(settings.model_weights, threads=settings.model_threads or None, centre=shipped_centre())


def _open_bge_m3(settings: EmbedSettings) -> Embedder:
    return bge_m3.open_bge_m3(settings.model_weights, threads=settings.model_threads)


def _open_bge_m3_onnx(settings: EmbedSettings) -> Embedder:
    return bge_m3_onnx.open_bge_m3_onnx(settings.model_weights, threads=settings.model_threads)


def _open_endpoint(settings: EmbedSettings) -> Embedder:
    return endpoint.EndpointEmbedder(endpoint.endpoint_of(settings), _encode_ids(settings))


def _encode_ids(settings: EmbedSettings) -> endpoint.CountIds | None:
    """The tokenizer's method, which is loaded at its first call; None without the wheel."""
    try:
        weights_file()
    except ModelMissing:
        return None
    load = functools.cache(lambda: open_tokenizer(settings))

    def encode_ids(texts: Sequence[str]) -> list[list[int]]:
        return load().encode_ids(texts)

    return encode_ids


MODELS = {
    e5.NAME: Model(
        "multilingual-E5-small in 8 bits: 384 dimensions, 512 tokens; the default",
        f"pip install {WHEEL}",
        _open_e5,
    ),
    bge_m3.NAME: Model(
        "BGE-M3 by FlagEmbedding: 1,024 dimensions and lexical weights, 8,192 tokens",
        bge_m3.INSTALL,
        _open_bge_m3,
    ),
    bge_m3_onnx.NAME: Model(
        "BGE-M3 by onnxruntime alone, for machines without torch",
        bge_m3_onnx.INSTALL,
        _open_bge_m3_onnx,
    ),
    endpoint.KIND: Model("any OpenAI-compatible server", "--embedder-url URL", _open_endpoint),
}
