"""Weights of passages that are made anew where the passage itself stays: other names, means or models."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, LiteralString

from psycopg import Connection, sql

from ankus_docs_rag.model import Passage
from ankus_docs_rag.named import named
from ankus_docs_rag.store import rows, statistics
from ankus_docs_rag.store.aliases import Aliases, Places, of_passages, sections_by_anchor
from ankus_docs_rag.store.digest import Tokenizer, token_counts, word_counts
from ankus_docs_rag.store.rows import Means, Weighed
from ankus_docs_rag.store.vectors import VectorTable

AT_ONCE = 500
Stored = tuple[int, str, Passage, tuple[str, ...]]
"""A passage as it is stored: its id, its text, itself (its span is all of that text), its other names."""
_ALL: LiteralString = "ORDER BY p.id"


def rename_passages(
    connection: Connection[Any], source: int, paths: list[str], aliases: Aliases, lengths: Means
) -> int:
    """Give the passages of these pages the names that the index has for them now; how many got others."""
    changed: list[tuple[Stored, tuple[str, ...]]] = []
    query = "SELECT id, path, anchors, sections FROM page WHERE source_id = %s AND path = ANY (%s)"
    for number, path, anchors, sections in connection.execute(query, [source, paths]).fetchall():
        places = Places(anchors, _spans(sections), _defined(connection, number))
        names = of_passages(places, aliases.get(path, {}))
        for place, stored in _passages_of(connection, number):
            if stored[3] != names.get(place, ()):
                changed.append((stored, names.get(place, ())))
    ids = [stored[0] for stored, _ in changed]
    statistics.count_out(connection, source, "id", ids)
    for start in range(0, len(changed), AT_ONCE):
        _put_names(connection, changed[start : start + AT_ONCE], lengths)
    statistics.count_in(connection, source, "id", ids)
    return len(changed)


def rewrite_words(connection: Connection[Any], lengths: Means) -> None:
    """Weigh the words of all passages by these mean lengths."""
    for batch in _batches(connection):
        counts = [word_counts(text, each, names) for _, text, each, names in batch]
        weighed = [rows.weighed_words(each, lengths.words) for each in counts]
        _put(connection, "words", "word_ids", [stored[0] for stored in batch], weighed)


def rewrite_tokens(
    connection: Connection[Any],
    lengths: Means,
    lexical: VectorTable | None,
    tokenizer: Callable[[], Tokenizer],
) -> None:
    """Weigh the tokens of all passages: by a model's own weights, or by BM25; and count them anew."""
    own = None if lexical is not None else tokenizer()
    for batch in _batches(connection):
        ids = [stored[0] for stored in batch]
        weighed = _lexical(connection, ids, lexical) if own is None else _bm25(batch, own, lengths)
        _put(connection, "tokens", "token_ids", ids, weighed)
    connection.execute("DELETE FROM frequency WHERE space = 't'")
    connection.execute(named("store/count_tokens"))
    connection.execute("UPDATE source SET snapshot = snapshot + 1")


def _bm25(batch: Sequence[Stored], tokenizer: Tokenizer, lengths: Means) -> list[Weighed]:
    counts = token_counts([(text, each) for _, text, each, _ in batch], tokenizer)
    return [rows.weighed_tokens(each, lengths.tokens) for each in counts]


def _lexical(connection: Connection[Any], ids: list[int], lexical: VectorTable | None) -> list[Weighed]:
    assert lexical is not None  # or it would be BM25
    query = "SELECT passage_id, text_hash FROM piece WHERE passage_id = ANY (%s)"
    pieces: dict[int, list[bytes]] = {number: [] for number in ids}
    for number, digest in connection.execute(query, [ids]):
        pieces[number].append(bytes(digest))
    weights = lexical.lexical([digest for each in pieces.values() for digest in each])
    return [rows.lexical_tokens(weights[digest] for digest in pieces[n] if digest in weights) for n in ids]


def _batches(connection: Connection[Any]) -> Iterator[list[Stored]]:
    with connection.cursor("passages") as cursor:
        cursor.execute(named("store/stored_passages", which=sql.SQL(_ALL)))
        while batch := cursor.fetchmany(AT_ONCE):
            yield [_stored(row) for row in batch]


def _passages_of(connection: Connection[Any], page: int) -> Iterator[tuple[int, Stored]]:
    query = named("store/stored_passages", which=sql.SQL("WHERE p.page_id = %s ORDER BY p.place"))
    for row in connection.execute(query, [page]).fetchall():
        yield row[-1], _stored(row)


def _spans(sections: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    return sections_by_anchor((each["anchor"], each["start"], each["end"]) for each in sections)


def _defined(connection: Connection[Any], page: int) -> list[tuple[int, list[str]]]:
    query = "SELECT span_start, names FROM passage WHERE page_id = %s ORDER BY place"
    return connection.execute(query, [page]).fetchall()


def _stored(row: tuple[Any, ...]) -> Stored:
    number, text, form, anchor, headings, names, aliases, _ = row
    passage = Passage(0, len(text), form, anchor, tuple(headings), (), tuple(names))
    return number, text, passage, tuple(aliases)


def _put_names(
    connection: Connection[Any], changed: Iterable[tuple[Stored, tuple[str, ...]]], lengths: Means
) -> None:
    ids, weighed = [], []
    for (number, text, passage, _), names in changed:
        ids.append(number)
        weighed.append(rows.weighed_words(word_counts(text, passage, names), lengths.words))
        connection.execute("UPDATE passage SET aliases = %s WHERE id = %s", [list(names), number])
    _put(connection, "words", "word_ids", ids, weighed)


def _put(
    connection: Connection[Any], column: str, terms: str, ids: list[int], weighed: Sequence[Weighed]
) -> None:
    names = {"column": sql.Identifier(column), "terms": sql.Identifier(terms)}
    values = [ids, [each.text for each in weighed], [each.ids for each in weighed]]
    connection.execute(named("store/put_weights", **names), values)
