"""A page as it goes into the store: cut, counted, and named by its hash. Everything here runs in a worker."""

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.lexical.bm25 import by_id, field_counts
from ankus_docs_rag.lexical.identifiers import identifiers_of
from ankus_docs_rag.lexical.words import terms_of
from ankus_docs_rag.model import Chunked, Page, Passage

Counts = dict[int, float]
"""How often each term occurs, by its id."""


class Tokenizer(Protocol):
    """The XLM-R vocabulary, by which passages are measured and told apart for every model alike."""

    def encode_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, without special ones."""
        ...


@dataclass(frozen=True)
class Counted:
    """A passage with its terms, which its other names in an index are no part of."""

    passage: Passage
    words: Counts
    tokens: Counts

    def texts(self) -> dict[bytes, str]:
        """What is embedded, by its hash."""
        return {text_hash(piece.embedded): piece.embedded for piece in self.passage.pieces}


@dataclass(frozen=True)
class Digest:
    """A page of a file."""

    file: str
    page: Page
    hash: bytes
    passages: tuple[Counted, ...]
    anchors: Mapping[str, int]
    """Place of the first passage at which an anchor stands."""
    identifiers: Mapping[str, int]
    """How many passages have an exact spelling."""

    @property
    def word_length(self) -> float:
        """Of all its passages together."""
        return sum(sum(each.words.values()) for each in self.passages)

    @property
    def token_length(self) -> float:
        """The same in tokens."""
        return sum(sum(each.tokens.values()) for each in self.passages)


def digest(file: str, chunked: Chunked, tokenizer: Tokenizer, version: str) -> Digest:
    """Count and name what was read and cut.

    Args:
        file: What the page was read from.
        version: What beside the page makes its passages: the chunker, and the source's version.

    Raises:
        BadSource: If the page holds what no database can.
    """
    page, passages = chunked.page, chunked.passages
    _check_storable(page)
    tokens = token_counts([(page.text, each) for each in passages], tokenizer)
    words = [word_counts(page.text, each) for each in passages]
    counted = tuple(map(Counted, passages, words, tokens))
    digested = hashlib.sha256(f"{version}\n{page!r}".encode()).digest()
    return Digest(file, page, digested, counted, _places(page, passages), _identifiers(page, passages))


def text_hash(embedded: str) -> bytes:
    """The name of a text that gets a vector."""
    return hashlib.sha256(embedded.encode()).digest()


def word_counts(text: str, passage: Passage, aliases: Sequence[str] = ()) -> Counts:
    """The terms of a passage in its body, headings, aliases and names, each weighted by where it is."""
    body, headings = text[passage.start : passage.end], "\n".join(passage.headings)
    fields = (body, headings, "\n".join(aliases), "\n".join(passage.names))
    in_body, in_headings, in_aliases, in_names = map(terms_of, fields)
    return by_id(field_counts(in_body, in_headings, in_aliases, in_names))


def token_counts(passages: Iterable[tuple[str, Passage]], tokenizer: Tokenizer) -> list[Counts]:
    """The tokens of passages in their headings and bodies, each beside the text that its span is of."""
    texts = ["\n".join((*each.headings, text[each.start : each.end])) for text, each in passages]
    ids = tokenizer.encode_ids(texts)
    return [{token: float(many) for token, many in Counter(each).items()} for each in ids]


def _places(page: Page, passages: Sequence[Passage]) -> dict[str, int]:
    """Where each anchor leads to: the first passage that has it, or else the one in which it stands."""
    found: dict[str, int] = {}
    for place, passage in enumerate(passages):
        found.setdefault(passage.anchor, place)
    order = sorted(range(len(passages)), key=lambda place: passages[place].start)
    starts = [passages[place].start for place in order]
    standing = [(each.anchor, each.start) for each in page.sections]
    standing += [(each.anchor, each.start) for each in page.blocks]
    for anchor, start in standing:
        if anchor not in found and starts:
            found[anchor] = order[max(bisect_right(starts, start) - 1, 0)]
    return found


def _identifiers(page: Page, passages: Sequence[Passage]) -> dict[str, int]:
    found = Counter[str]()
    for each in passages:
        own = "\n".join((*each.headings, *each.names, page.text[each.start : each.end]))
        found.update(identifiers_of(own))
    return dict(found)


def _check_storable(page: Page) -> None:
    """PostgreSQL's text holds every character but NUL, and no half of a surrogate pair."""
    for text in (page.text, page.title, page.path, page.url, page.author, *page.tags):
        if "\0" in text:
            raise BadSource("It holds NUL characters.", hint="It may be no text, or in UTF-16.")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise BadSource("It holds halves of characters (lone surrogates).") from error
