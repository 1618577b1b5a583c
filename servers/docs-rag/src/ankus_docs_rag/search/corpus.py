"""What can be searched now: the sources in their snapshots, the live model, and what filters can take."""

import difflib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from psycopg import sql

from ankus_docs_rag.errors import UnknownFilter
from ankus_docs_rag.named import named
from ankus_docs_rag.search.outside import framed_list
from ankus_docs_rag.search.request import Filters
from ankus_shared.embed.errors import ModelMismatch
from ankus_shared.postgres import Connection


@dataclass(frozen=True)
class Source:
    """One source as it is now."""

    id: int
    name: str
    version: str
    snapshot: int


@dataclass(frozen=True)
class LiveModel:
    """The model whose vectors are searched."""

    id: int
    name: str
    fingerprint: str
    dimensions: int

    @property
    def table(self) -> sql.Identifier:
        """Its vectors."""
        return sql.Identifier(f"vector_{self.id}")


@dataclass(frozen=True)
class Facets:
    """How many passages there are of each kind, by (source, version, language, kind)."""

    counts: dict[tuple[int, str, str, str], int] = field(default_factory=dict)
    authors: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Corpus:
    """All of it, as one transaction sees it."""

    sources: tuple[Source, ...]
    model: LiveModel | None
    facets: Facets

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal as long as every search finds the same."""
        model = self.model.fingerprint if self.model else ""
        return (model, *((source.id, source.snapshot) for source in self.sources))

    def source_ids(self, filters: Filters) -> list[int]:
        """The sources that a search with these filters looks into."""
        return sorted({source for (source, *_), _ in self._fitting(filters)})

    def languages(self, filters: Filters) -> list[str]:
        """The languages of the passages that fit, the most frequent first."""
        counts = Counter[str]()
        for (_, _, language, _), many in self._fitting(filters):
            counts[language] += many
        return [language for language, _ in counts.most_common()]

    def fitting(self, filters: Filters, language: str | None = None) -> int:
        """How many passages fit, or more: authors, tags and dates are not looked at.

        Args:
            language: Only those in it, if not None.
        """
        fitting = self._fitting(filters)
        return sum(many for (_, _, its, _), many in fitting if language in (None, its))

    def passages(self, sources: Iterable[int]) -> int:
        """How many passages these sources have."""
        wanted = set(sources)
        return sum(many for (source, *_), many in self.facets.counts.items() if source in wanted)

    def check(self, filters: Filters) -> None:
        """Refuse a filter's value that no passage has.

        Raises:
            UnknownFilter: With the nearest values that there are.
        """
        known = self._known()
        for part in fields(filters):
            if part.name in known:
                for value in getattr(filters, part.name):
                    _check_value(part.name, value, known[part.name])

    def _known(self) -> dict[str, set[str]]:
        names = {source.id: source.name for source in self.sources}
        keys = self.facets.counts
        return {
            "source": set(names.values()),
            "version": {version for _, version, _, _ in keys},
            "language": {language for _, _, language, _ in keys},
            "kind": {kind for _, _, _, kind in keys},
            "author": set(self.facets.authors),
            "tags": set(self.facets.tags),
        }

    def _fitting(self, filters: Filters) -> Iterable[tuple[tuple[int, str, str, str], int]]:
        names = {source.id: source.name for source in self.sources}
        for key, many in self.facets.counts.items():
            source, version, language, kind = key
            if (
                (not filters.source or names.get(source) in filters.source)
                and (not filters.version or version in filters.version)
                and (not filters.language or language in filters.language)
                and (not filters.kind or kind in filters.kind)
            ):
                yield key, many


def _check_value(name: str, value: str, known: set[str]) -> None:
    if value in known:
        return
    listed = sorted(filter(None, known))
    near = difflib.get_close_matches(value, listed, n=3, cutoff=0.4) or listed[:10]
    raise UnknownFilter(
        f"No passage has the {name} {value[:100]!r}.",
        hint=f"There is: {framed_list(near, name)}" if near else f"No passage has a {name}.",
    )


class CorpusReader:
    """Reads the corpus; what is costly is counted once a snapshot."""

    def __init__(self) -> None:
        self._facets: tuple[tuple[Any, ...], Facets] | None = None

    async def read(self, connection: Connection) -> Corpus:
        """The corpus that this transaction sees."""
        sources = tuple(Source(*row) for row in await _rows(connection, "search/sources"))
        model = await live_model(connection)
        key = tuple((source.id, source.snapshot) for source in sources)
        if self._facets is None or self._facets[0] != key:
            self._facets = (key, await _facets(connection))
        return Corpus(sources, model, self._facets[1])


def check_model(model: LiveModel, fingerprint: str, name: str) -> None:
    """Refuse to search the vectors of one model by those of another.

    Raises:
        ModelMismatch: If they differ.
    """
    if model.fingerprint == fingerprint:
        return
    if model.name == name:
        again = f"ankus-docs-rag models drop {name} --force, then: ankus-docs-rag models add {name}"
        raise ModelMismatch(
            f"The vectors of the index were made by other weights or options of {name} than this server has.",
            hint=f"Bring the old ones back, or make all vectors anew: {again}",
        )
    raise ModelMismatch(
        f"The index is searched by {model.name}, and this server has {name}.",
        hint=f"Use ANKUS_DOCS_MODEL={model.name}, or let {name} be searched by: {switch_to(name)}",
    )


def switch_to(name: str) -> str:
    """The commands after which a model searches; the first has nothing to do where its vectors are there."""
    return f"ankus-docs-rag models add {name}, then: ankus-docs-rag models use {name}"


async def live_model(connection: Connection) -> LiveModel | None:
    """The model that is in use now; None before anything was ingested."""
    rows = await _rows(connection, "search/live_model")
    if not rows:
        return None
    [(number, identity, fingerprint, dimensions)] = rows
    return LiveModel(number, str(identity["name"]), fingerprint, dimensions)


async def _facets(connection: Connection) -> Facets:
    counts = {tuple(row[:4]): row[4] for row in await _rows(connection, "search/facets")}
    [(authors, tags)] = await _rows(connection, "search/labels")
    return Facets(counts, frozenset(authors or ()), frozenset(tags or ()))


async def _rows(connection: Connection, name: str) -> list[tuple[Any, ...]]:
    return await (await connection.execute(named(name))).fetchall()
