"""Make a lexicon of catalogues: `python -m ankus_docs_rag.lexical.learn --output FILE [CATALOGUE…]`.

The shipped `data/lexicon.en-ru.tsv` is what it writes without catalogues named where Debian's postgresql-15
and postgresql-client-15 are installed; equal catalogues give an equal file, byte for byte.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from ankus_docs_rag.lexical.alignment import learn, swapped
from ankus_docs_rag.lexical.catalogues import catalogue_pairs, find_catalogues
from ankus_docs_rag.lexical.words import is_cyrillic, spelled_terms, terms_of

_HEAD = (
    "# What PostgreSQL's own translators call things: Russian, English, probability there and back.\n"
    "# Made by python -m ankus_docs_rag.lexical.learn from its message catalogues (PostgreSQL License).\n"
)
LEAST = 0.0009
"""Product of both directions' probabilities of what is written."""


def table(pairs: Iterable[tuple[str, str]]) -> str:
    """The lexicon's file for English texts and their Russian translations, sorted.

    An entry has to be likely from both sides: what was learnt by accident hardly ever is. A word is written
    as it is most often in the texts.
    """
    pairs = list(pairs)
    spellings = _spellings(text for pair in pairs for text in pair)
    back = _by_pair(pairs)
    lines = [
        f"{spellings[russian]}\t{spellings[english]}\t{there:.3f}\t{back[english, russian]:.3f}\n"
        for (russian, english), there in _by_pair(swapped(pairs)).items()
        if there * back.get((english, russian), 0) >= LEAST
        and is_cyrillic(russian)
        and not is_cyrillic(english)
        and {russian, english} <= spellings.keys()
    ]
    return _HEAD + "".join(sorted(lines))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ankus_docs_rag.lexical.learn", description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="the file to write")
    parser.add_argument(
        "catalogues", type=Path, nargs="*", help="compiled catalogues; by default PostgreSQL's own"
    )
    chosen = parser.parse_args(arguments)
    catalogues = chosen.catalogues or find_catalogues("ru")
    if not catalogues:
        sys.stderr.write("No catalogues here: install postgresql-15 and postgresql-client-15.\n")
        return 2
    chosen.output.write_text(table(catalogue_pairs(catalogues)), encoding="utf-8")
    return 0


def _by_pair(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], float]:
    return {(found.word, found.meaning): found.probability for found in learn(pairs, least=0.003)}


def _spellings(texts: Iterable[str]) -> dict[str, str]:
    """The commonest spelling of each term, of those that are analysed to that term."""
    counts = Counter(spelled for text in texts for spelled in spelled_terms(text))
    best: dict[str, str] = {}
    for term, spelling in sorted(counts, key=lambda spelled: (-counts[spelled], spelled)):
        if term not in best and terms_of(spelling) == [term]:
            best[term] = spelling
    return best


if __name__ == "__main__":
    sys.exit(main())
