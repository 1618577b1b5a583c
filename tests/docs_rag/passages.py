"""A small store with vectors of words, for tests that need something to search and no model."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from zlib import crc32

import numpy as np
from psycopg import sql

from ankus_docs_rag.model import Block, Chunked, Page, Passage, Piece, Section
from ankus_docs_rag.settings import ReadSettings
from ankus_docs_rag.store.changes import Changes, SourceRow
from ankus_docs_rag.store.digest import digest
from ankus_docs_rag.store.writer import open_writer
from ankus_shared.embed.embedder import ModelIdentity, Vectors, Weights
from tests.fixtures.db import Server

DIMENSIONS = 32
_numbers = count(1)


class WordEmbedder:
    """Each word of a text adds one to the coordinate that its hash names."""

    identity = ModelIdentity("words", "", DIMENSIONS, "", "", "", "")
    max_tokens = 512

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """A word a token."""
        return [len(text.split()) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """One row a text."""
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for at, text in enumerate(texts):
            rows[at, 0] = 0.1
            for word in text.lower().split():
                rows[at, crc32(word.strip(".?!,").encode()) % DIMENSIONS] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The same."""
        return self.embed_passages(texts)

    def lexical_passages(self, texts: Sequence[str]) -> list[Weights] | None:
        """None: it is as E5."""
        return None

    def lexical_queries(self, texts: Sequence[str]) -> list[Weights] | None:
        """None."""
        return None

    def close(self) -> None:
        """Nothing to give back."""


class WordTokenizer:
    """A word a token."""

    def encode_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Numbers of words."""
        return [[crc32(word.encode()) % 250_000 for word in text.lower().split()] for text in texts]


@contextmanager
def database_on(server: Server) -> Iterator[ReadSettings]:
    """An empty database of its own, to be made a store."""
    name = f"evaluated_{next(_numbers)}"
    with server.admin() as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield ReadSettings(database_url=server.url(name, "postgres"))
    finally:
        with server.admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def fill(settings: ReadSettings, pages: Mapping[str, Sequence[str]]) -> None:
    """Make a source `docs` of these pages, each of a section a text; its anchors are PATH-0, PATH-1 …"""
    embedder = WordEmbedder()
    digests = [digest(path, _chunked(path, texts), WordTokenizer(), "1") for path, texts in pages.items()]
    with open_writer(settings, WordTokenizer) as writer, writer.lock("docs"):
        model = writer.ensure_model(embedder.identity)
        texts = {
            key: text for one in digests for counted in one.passages for key, text in counted.texts().items()
        }
        vectors = writer.vectors(model)
        missing = vectors.missing(list(texts))
        if missing:
            vectors.put(missing, embedder.embed_passages([texts[key] for key in missing]), None)
        removed = [path for path in writer.pages("docs") if path in pages]
        changes = Changes(SourceRow("docs", origin="/docs"), digests, removed, dict.fromkeys(pages, b""), ())
        writer.apply(changes, [model], lambda *_: None)


def _chunked(path: str, texts: Sequence[str]) -> Chunked:
    text, spans = "\n".join(texts), []
    start = 0
    for one in texts:
        spans.append((start, start + len(one)))
        start += len(one) + 1
    sections = [Section(0, len(text), path, 0)]
    sections += [Section(*span, f"Part {at}", 1, f"{path}-{at}") for at, span in enumerate(spans)]
    blocks = [Block(*span, "paragraph", f"{path}-{at}") for at, span in enumerate(spans)]
    passages = [
        Passage(*span, "section", f"{path}-{at}", (path, f"Part {at}"), (Piece(*span, text[slice(*span)]),))
        for at, span in enumerate(spans)
    ]
    url = f"https://example.org/{path}"
    page = Page(path, url, path, text, tuple(sections), tuple(blocks), "guide", language=_language(text))
    return Chunked(page, tuple(passages))


def _language(text: str) -> str:
    return "ru" if any("а" <= letter <= "я" for letter in text) else "en"
