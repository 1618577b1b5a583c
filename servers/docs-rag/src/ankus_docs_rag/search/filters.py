"""Filters as conditions over `passage AS p`."""

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from ankus_docs_rag.search.corpus import Corpus
from ankus_docs_rag.search.request import Filters


@dataclass(frozen=True)
class Conditions:
    """What follows WHERE, and its parameters."""

    where: sql.Composable
    values: dict[str, Any]
    passages: int
    """At least as many as fit."""


def conditions_of(filters: Filters, corpus: Corpus, language: str | None = None) -> Conditions:
    """The conditions of filters.

    Args:
        language: Only this one, where each is searched apart.
    """
    parts: list[sql.Composable] = []
    values: dict[str, Any] = {}

    def add(name: str, condition: str, value: Any) -> None:
        parts.append(sql.SQL(condition).format(sql.Placeholder(name)))
        values[name] = value

    if filters.source:
        names = {source.name: source.id for source in corpus.sources}
        add("source", "p.source_id = ANY({}::integer[])", [names[name] for name in filters.source])
    if filters.version:
        add("version", "p.version = ANY({}::text[])", list(filters.version))
    if language is not None:
        add("language", "p.language = {}", language)
    elif filters.language:
        add("language", "p.language = ANY({}::text[])", list(filters.language))
    if filters.kind:
        add("kind", "p.kind = ANY({}::text[])", list(filters.kind))
    if filters.author:
        add("author", "p.author = ANY({}::text[])", list(filters.author))
    if filters.tags:
        add("tags", "p.tags @> {}::text[]", list(filters.tags))
    if filters.since is not None:
        add("since", "p.date >= {}", filters.since)
    if filters.until is not None:
        add("until", "p.date <= {}", filters.until)
    where = sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")
    return Conditions(where, values, corpus.fitting(filters, language))
