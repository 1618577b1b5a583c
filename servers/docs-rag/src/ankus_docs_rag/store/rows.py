"""Rows of pages, passages and pieces, as COPY takes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Any

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from ankus_docs_rag.lexical.bm25 import TOKEN_DIMENSIONS, document_weights, sparse_text
from ankus_docs_rag.lexical.words import WORD_DIMENSIONS
from ankus_docs_rag.store.changes import SourceRow
from ankus_docs_rag.store.digest import Counted, Counts, Digest, text_hash

PAGE = (
    *("id", "source_id", "file", "path", "url", "title", "kind", "language", "date", "author", "tags"),
    *("text", "sections", "anchors", "identifiers", "hash", "passages", "word_length", "token_length"),
)
PASSAGE = (
    *("id", "page_id", "place", "span_start", "span_end", "form", "anchor", "headings", "names", "aliases"),
    *("source_id", "version", "language", "kind", "date", "author", "tags"),
    *("words", "tokens", "word_ids", "token_ids"),
)
PIECE = ("passage_id", "span_start", "span_end", "lead", "tail", "text_hash")
ALIAS = ("source_id", "page_id", "term", "path", "anchor")


@dataclass(frozen=True)
class Means:
    """Mean lengths of passages that their weights are made with."""

    words: float
    tokens: float


def copy_rows(
    connection: Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Fill a table."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def new_ids(connection: Connection[Any], table: str, count: int) -> list[int]:
    """Numbers for rows of a table, in order."""
    query = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    return [number for (number,) in connection.execute(query, [table, count])]


def page_row(number: int, source: int, digest: Digest) -> tuple[Any, ...]:
    """As `PAGE`."""
    page = digest.page
    return (
        *(number, source, digest.file, page.path, page.url, page.title, page.kind, page.language),
        *(page.date, page.author, list(page.tags), page.text),
        *(Jsonb([asdict(each) for each in page.sections]), Jsonb(dict(digest.anchors))),
        *(Jsonb(dict(digest.identifiers)), digest.hash, len(digest.passages)),
        *(digest.word_length, digest.token_length),
    )


def alias_rows(number: int, source: int, digest: Digest) -> list[tuple[Any, ...]]:
    """As `ALIAS`."""
    return [(source, number, each.term, each.path, each.anchor) for each in digest.page.aliases]


def passage_row(
    number: int,
    page: tuple[int, int, Digest],
    place: int,
    aliases: Sequence[str],
    words: "Weighed",
    tokens: "Weighed",
    source: SourceRow,
) -> tuple[Any, ...]:
    """As `PASSAGE`.

    Args:
        page: Its id, its source's id, and the page itself.
    """
    page_id, source_id, digest = page
    passage, read = digest.passages[place].passage, digest.page
    return (
        *(number, page_id, place, passage.start, passage.end, passage.form, passage.anchor),
        *(list(passage.headings), list(passage.names), list(aliases), source_id, source.version),
        *(read.language, read.kind, read.date, read.author, list(read.tags)),
        *(words.text, tokens.text, words.ids, tokens.ids),
    )


def piece_rows(number: int, text: str, counted: Counted) -> list[tuple[Any, ...]]:
    """As `PIECE`, of the passage with this id."""
    found = []
    for each in counted.passage.pieces:
        tail = common_end(each.embedded, text[each.start : each.end])
        lead = each.embedded[: len(each.embedded) - tail]
        found.append((number, each.start, each.end, lead, tail, text_hash(each.embedded)))
    return found


def common_end(first: str, second: str) -> int:
    """How many last characters two texts share."""
    pairs = zip(reversed(first), reversed(second), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


@dataclass(frozen=True)
class Weighed:
    """One half of BM25, as PostgreSQL reads it."""

    text: str
    """A sparsevec."""
    ids: str
    """An array of the same terms."""


def weighed_words(counts: Counts, mean: float) -> Weighed:
    """The document's half over analysed words."""
    return _weighed(document_weights(counts, sum(counts.values()), mean), WORD_DIMENSIONS)


def weighed_tokens(counts: Counts, mean: float) -> Weighed:
    """The document's half over tokens."""
    return _weighed(document_weights(counts, sum(counts.values()), mean), TOKEN_DIMENSIONS)


def lexical_tokens(pieces: Iterable[Mapping[int, float]]) -> Weighed:
    """A model's own lexical weights of a passage: of each token the largest that a piece of it has."""
    largest: dict[int, float] = {}
    for weights in pieces:
        for token, weight in weights.items():
            largest[token] = max(weight, largest.get(token, 0.0))
    return _weighed(largest, TOKEN_DIMENSIONS)


def _weighed(weights: Mapping[int, float], dimensions: int) -> Weighed:
    return Weighed(sparse_text(weights, dimensions), f"{{{','.join(map(str, sorted(weights)))}}}")
