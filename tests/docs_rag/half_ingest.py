"""An ingest that stops in the middle of a stage, says so, and waits: to be killed.

python -m tests.docs_rag.half_ingest URL embed|store
"""

import sys

from ankus_docs_rag.ingest.items import Origin
from ankus_docs_rag.ingest.run import Means, ingest
from ankus_docs_rag.ingest.wish import Wish
from ankus_docs_rag.settings import StoreSettings
from ankus_docs_rag.store.writer import open_writer
from tests.docs_rag.embedders import WordEmbedder, WordTokenizer, opening
from tests.docs_rag.made import Made, file

PAGES = 120


def many(word: str) -> list[Made]:
    """Pages of which each has a text of its own."""
    return [file(f"page{number}", {"food": f"{word} number {number}"}) for number in range(PAGES)]


def wait() -> None:
    """Say that the moment has come."""
    print("half", flush=True)
    sys.stdin.read()


def main(url: str, stage: str) -> None:
    """Ingest until it is the moment."""

    def on_batch() -> None:
        if stage == "embed" and embedder.batches == 2:
            wait()

    def tell(said: str, done: int, total: int) -> None:
        if said == stage == "store" and done < total:
            wait()

    embedder = WordEmbedder(on_batch=on_batch)
    with open_writer(StoreSettings(database_url=url), WordTokenizer) as writer:
        origin = Origin(Wish("made", "by hand"), many("new"))
        ingest(origin, writer, Means(opening(embedder), WordTokenizer), tell)


if __name__ == "__main__":
    main(*sys.argv[1:])
