"""One ingest's changes of a source, within a transaction: readers see all of them at once, or none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection

from ankus_docs_rag.batches import batches
from ankus_docs_rag.named import named
from ankus_docs_rag.store import rows, statistics
from ankus_docs_rag.store.aliases import (
    Aliases,
    Places,
    changed_paths,
    of_passages,
    read_aliases,
    sections_by_anchor,
)
from ankus_docs_rag.store.changes import Changes, SourceRow
from ankus_docs_rag.store.digest import Counted, Digest, word_counts
from ankus_docs_rag.store.rewrite import rename_passages
from ankus_docs_rag.store.rows import Means, Weighed
from ankus_docs_rag.store.vectors import VectorTable

PAGES_AT_ONCE = 100
Tell = Callable[[str, int, int], None]
_FIND: LiteralString = "SELECT id FROM page WHERE source_id = %s AND path = ANY (%s)"


@dataclass(frozen=True)
class Applied:
    """What changed."""

    source: int
    passages: int
    """Of the pages that were put in."""
    renamed: int
    """Passages of other pages that got other names from an index."""


def apply_changes(
    connection: Connection[Any], changes: Changes, lexical: VectorTable | None, tell: Tell
) -> Applied:
    """Make the changes.

    Args:
        lexical: Vectors of the live model, where it has lexical weights of its own.
        tell: Told ("store", pages, pages in all).
    """
    source = _put_source(connection, changes)
    before = read_aliases(connection, source)
    _remove_pages(connection, source, changes)
    put = _put_pages(connection, source, changes.pages)
    after = read_aliases(connection, source)
    lengths = _lengths(connection)
    filling = _Filling(connection, changes.source, source, after, lengths, lexical)
    passages = filling.fill(put, changes.pages, tell)
    statistics.count_in(connection, source, "page_id", list(put.values()))
    statistics.names_in(connection, source, list(put.values()))
    kept = [path for path in changed_paths(before, after) if path not in put]
    renamed = rename_passages(connection, source, kept, after, lengths)
    _put_files(connection, source, changes)
    return Applied(source, passages, renamed)


def _put_source(connection: Connection[Any], changes: Changes) -> int:
    """Its id; its snapshot is another one if a page changes."""
    source, is_new = changes.source, bool(changes.removed) or next(iter(changes.pages), None) is not None
    values = {**vars(source), "tags": list(source.tags), "step": int(is_new)}
    row = connection.execute(named("store/put_source"), values).fetchone()
    assert row is not None  # it returns the row
    return int(row[0])


def _remove_pages(connection: Connection[Any], source: int, changes: Changes) -> None:
    gone = [number for (number,) in connection.execute(_FIND, [source, list(changes.removed)])]
    if gone:
        statistics.count_out(connection, source, "page_id", gone)
        statistics.names_out(connection, source, gone)
        connection.execute("DELETE FROM page WHERE id = ANY (%s)", [gone])


def _put_pages(connection: Connection[Any], source: int, pages: Iterable[Digest]) -> dict[str, int]:
    """Put pages in, without their passages; their ids by path."""
    put: dict[str, int] = {}
    for batch in batches(pages, PAGES_AT_ONCE):
        numbers = rows.new_ids(connection, "page", len(batch))
        put.update((each.page.path, number) for each, number in zip(batch, numbers, strict=True))
        pairs = list(zip(numbers, batch, strict=True))
        rows.copy_rows(connection, "page", rows.PAGE, (rows.page_row(n, source, each) for n, each in pairs))
        aliases = (row for n, each in pairs for row in rows.alias_rows(n, source, each))
        rows.copy_rows(connection, "alias", rows.ALIAS, aliases)
    return put


def _lengths(connection: Connection[Any]) -> Means:
    """The mean lengths to weigh by; those of the first ingest stay until they are far from the truth."""
    if (stored := statistics.means(connection)) is not None:
        return stored
    found = statistics.actual_means(connection) or Means(1.0, 1.0)
    statistics.set_means(connection, found)
    return found


@dataclass(frozen=True)
class _Filling:
    """Puts in the passages of pages that are there."""

    connection: Connection[Any]
    source: SourceRow
    source_id: int
    aliases: Aliases
    lengths: Means
    lexical: VectorTable | None

    def fill(self, put: Mapping[str, int], pages: Iterable[Digest], tell: Tell) -> int:
        """Fill all of them; how many passages they have."""
        done = passages = 0
        for batch in batches(pages, PAGES_AT_ONCE):
            passages += self._fill_batch(put, batch)
            done += len(batch)
            tell("store", done, len(put))
        return passages

    def _fill_batch(self, put: Mapping[str, int], batch: list[Digest]) -> int:
        count = sum(len(each.passages) for each in batch)
        numbers = iter(rows.new_ids(self.connection, "passage", count))
        own = self._lexical_weights(batch)
        passages, pieces = [], []
        for digest in batch:
            terms = of_passages(_places(digest), self.aliases.get(digest.page.path, {}))
            where = (put[digest.page.path], self.source_id, digest)
            for place, counted in enumerate(digest.passages):
                number, names = next(numbers), terms.get(place, ())
                words, tokens = self._words(digest, counted, names), self._tokens(counted, own)
                passages.append(rows.passage_row(number, where, place, names, words, tokens, self.source))
                pieces += rows.piece_rows(number, digest.page.text, counted)
        rows.copy_rows(self.connection, "passage", rows.PASSAGE, passages)
        rows.copy_rows(self.connection, "piece", rows.PIECE, pieces)
        return count

    def _words(self, digest: Digest, counted: Counted, names: tuple[str, ...]) -> Weighed:
        counts = word_counts(digest.page.text, counted.passage, names) if names else counted.words
        return rows.weighed_words(counts, self.lengths.words)

    def _tokens(self, counted: Counted, own: Mapping[bytes, Mapping[int, float]] | None) -> Weighed:
        if own is None:
            return rows.weighed_tokens(counted.tokens, self.lengths.tokens)
        return rows.lexical_tokens(own[digest] for digest in counted.texts() if digest in own)

    def _lexical_weights(self, batch: list[Digest]) -> Mapping[bytes, Mapping[int, float]] | None:
        if self.lexical is None:
            return None
        return self.lexical.lexical([name for each in batch for one in each.passages for name in one.texts()])


def _places(digest: Digest) -> Places:
    sections = sections_by_anchor((each.anchor, each.start, each.end) for each in digest.page.sections)
    passages = [(each.passage.start, each.passage.names) for each in digest.passages]
    return Places(digest.anchors, sections, passages)


def _put_files(connection: Connection[Any], source: int, changes: Changes) -> None:
    query = "DELETE FROM file WHERE source_id = %s AND path = ANY (%s)"
    connection.execute(query, [source, [*changes.removed_files, *changes.files]])
    files = ((source, path, digest) for path, digest in changes.files.items())
    rows.copy_rows(connection, "file", ("source_id", "path", "hash"), files)
