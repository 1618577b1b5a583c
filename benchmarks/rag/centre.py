"""Make `data/e5-small-centre.npz`, which takes off what all vectors of e5-small have in common.

    python -m benchmarks.rag.centre --xquad ../shared/data/xquad --output FILE

The means are over XQuAD's paragraphs and questions in both languages (Artetxe et al. 2020, CC BY-SA 4.0) and,
for English passages, half over those and half over a quarter of the pieces of PostgreSQL's manual.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ankus_docs_rag.chunk.chunker import chunk_page
from ankus_docs_rag.chunk.limits import Limits
from ankus_docs_rag.read.files import read_file
from ankus_docs_rag.read.folder import find_files
from ankus_shared.embed.e5 import E5Small, open_e5
from ankus_shared.embed.embedder import Vectors
from benchmarks.rag.xquad import read_xquad
from tests.fixtures.manual import find_manual

QUESTIONS = 600
EVERY = 4
"""Of the manual's pieces every fourth is embedded."""
DIRECTIONS = 1


def main() -> None:
    """Make the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--xquad", type=Path, required=True, help="folder of xquad.en.json and xquad.ru.json")
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    with open_e5() as embedder:
        means, passages = _means(embedder, given.xquad)
    around = np.concatenate([vectors - means[f"passages_{language}"] for language, vectors in passages])
    around /= np.linalg.norm(around, axis=1, keepdims=True)
    directions = np.linalg.svd(around, full_matrices=False)[2][:DIRECTIONS]
    with given.output.open("wb") as file:
        np.savez(file, allow_pickle=False, directions=directions.astype(np.float32), **means)
    print(f"{given.output}: over {len(around):,} passages")


def _means(embedder: E5Small, folder: Path) -> tuple[dict[str, Vectors], list[tuple[str, Vectors]]]:
    """The means of passages and questions by language, and the passages themselves."""
    means: dict[str, Vectors] = {}
    passages: list[tuple[str, Vectors]] = []
    for language, paragraphs in read_xquad(folder).items():
        own = embedder.embed_passages([paragraph.text for paragraph in paragraphs])
        asked = [asked.text for paragraph in paragraphs for asked in paragraph.asked]
        means[f"queries_{language}"] = embedder.embed_queries(asked[:QUESTIONS]).mean(axis=0)
        means[f"passages_{language}"] = own.mean(axis=0)
        passages.append((language, own))
    manual = embedder.embed_passages(_pieces(embedder)[::EVERY])
    means["passages_en"] = (means["passages_en"] + manual.mean(axis=0)) / 2
    return means, [*passages, ("en", manual)]


def _pieces(embedder: E5Small) -> Sequence[str]:
    files = find_files(find_manual()).files
    pages = [page for file in files for page in read_file(file)]
    chunked = [chunk_page(page, Limits(), embedder.count_tokens) for page in pages]
    return [piece.embedded for each in chunked for passage in each.passages for piece in passage.pieces]


if __name__ == "__main__":
    main()
