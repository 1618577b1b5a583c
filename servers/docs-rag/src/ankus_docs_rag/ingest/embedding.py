"""Texts without a vector -> vectors, kept batch by batch: whatever ends the work, nothing is made twice."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ankus_docs_rag.batches import batches
from ankus_docs_rag.store.digest import Digest
from ankus_docs_rag.store.models import ModelInfo
from ankus_docs_rag.store.vectors import VectorTable
from ankus_docs_rag.store.writer import Writer
from ankus_shared.embed.embedder import Embedder
from ankus_shared.embed.errors import EmbedderUnavailable

AT_ONCE = 32
"""Texts that are embedded and kept together."""
IN_SIGHT = 16 * AT_ONCE
"""Texts of which those of like length are put together, since a batch takes as long as its longest."""
ASKED_AT_ONCE = 5_000
Text = tuple[bytes, str]
"""The hash of a text that is embedded, and the text."""
Tell = Callable[[str, int, int], None]
Open = Callable[[str], Embedder]
"""Loads a model by its name in the catalogue; "" is the one that is set."""


@dataclass(frozen=True)
class OpenModel:
    """A model that is loaded, with its vectors."""

    info: ModelInfo
    embedder: Embedder
    vectors: VectorTable


@contextlib.contextmanager
def open_models(writer: Writer, load: Open) -> Iterator[list[OpenModel]]:
    """Every model that new texts need vectors of: those that are live or ready; if none is live, the set one.

    Raises:
        ModelMissing: If one is not installed here.
        ModelChanged: If one is not what made its vectors.
        ModelMismatch: If one makes vectors of another dimension now.
    """
    known = [model for model in writer.models() if model.state != "building"]
    names = [model.name for model in sorted(known, key=lambda model: model.state != "live")]
    if not any(model.state == "live" for model in known):
        names.insert(0, "")
    with contextlib.ExitStack() as stack:
        yield [open_model(stack, writer, load, name) for name in names]


def open_model(stack: contextlib.ExitStack, writer: Writer, load: Open, name: str) -> OpenModel:
    """Load one model until `stack` closes; its table is made if it has none."""
    embedder = load(name)
    stack.callback(embedder.close)
    info = writer.ensure_model(embedder.identity)
    return OpenModel(info, embedder, writer.vectors(info))


def embed_pages(model: OpenModel, pages: Iterable[Digest], tell: Tell) -> int:
    """Embed the texts of pages that have no vector of the model; how many.

    Args:
        pages: Gone through twice.
    """
    missing = set(_missing(model.vectors, pages))
    return _embed(model, _once(_texts(pages), missing), len(missing), tell)


def embed_stored(model: OpenModel, writer: Writer, tell: Tell) -> int:
    """Embed what of the documents has no vector of the model; how many texts."""
    return _embed(model, writer.texts_missing(model.info), writer.missing(model.info), tell)


def _embed(model: OpenModel, texts: Iterable[Text], total: int, tell: Tell) -> int:
    """Embed texts, those of like length together."""
    done = 0
    for window in batches(texts, IN_SIGHT):
        for batch in batches(sorted(window, key=lambda text: len(text[1])), AT_ONCE):
            _embed_batch(model, batch)
            done += len(batch)
            tell(model.info.name, done, total)
    return done


def _embed_batch(model: OpenModel, batch: Sequence[Text]) -> None:
    hashes, texts = [digest for digest, _ in batch], [text for _, text in batch]
    vectors = model.embedder.embed_passages(texts)
    shape = (len(texts), model.info.dimensions)
    if vectors.shape != shape or not np.isfinite(vectors).all():
        raise EmbedderUnavailable(
            f"{model.info.name} made vectors of shape {vectors.shape} or no numbers, not {shape}.",
            hint="Ingest again: what was embedded before is kept.",
            code="bad_vectors",
        )
    model.vectors.put(hashes, vectors, model.embedder.lexical_passages(texts))


def _missing(vectors: VectorTable, pages: Iterable[Digest]) -> Iterator[bytes]:
    hashes = dict.fromkeys(digest for digest, _ in _texts(pages))
    for batch in batches(hashes, ASKED_AT_ONCE):
        yield from vectors.missing(batch)


def _texts(pages: Iterable[Digest]) -> Iterator[Text]:
    for page in pages:
        for counted in page.passages:
            yield from counted.texts().items()


def _once(texts: Iterable[Text], wanted: set[bytes]) -> Iterator[Text]:
    """Each wanted text when it comes first."""
    for digest, text in texts:
        if digest in wanted:
            wanted.remove(digest)
            yield digest, text
