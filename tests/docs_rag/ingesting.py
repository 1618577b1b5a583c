"""Small trees of documents, ingested with an embedder of words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ankus_docs_rag.ingest.items import find_items
from ankus_docs_rag.ingest.report import Report
from ankus_docs_rag.ingest.run import Means, ingest
from ankus_docs_rag.ingest.wish import Wish
from ankus_docs_rag.store.writer import Writer
from tests.docs_rag.embedders import WordEmbedder, WordTokenizer, opening

MOST_BYTES = 1 << 20
ZOO: Mapping[str, str] = {
    "owls.md": "# Owls\n\nAn owl hunts at night with `owl_hunt()`.\n\n## Food\n\nIt eats mice.\n",
    "bears.md": "# Bears\n\nA bear sleeps in winter. Set bear_sleep_days first.\n",
    "mice.md": "# Mice\n\nA mouse gnaws at everything.\n",
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Make the files, and only them, in a folder."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def ingested(
    writer: Writer,
    origin: Path,
    *embedders: WordEmbedder,
    source: str = "zoo",
    index_from: int = 50_000,
    **wish: Any,
) -> Report:
    """Ingest a folder or a file; by default with one embedder of words."""
    found = find_items(Wish(source, str(origin), **wish), (), (), MOST_BYTES)
    load = opening(*(embedders or (WordEmbedder(),)))
    return ingest(found, writer, Means(load, WordTokenizer, 1, index_from), lambda *_: None)
