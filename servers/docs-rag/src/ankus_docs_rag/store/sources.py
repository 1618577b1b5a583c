"""Which sources there are: what was ingested under a name, and what of it can be asked for."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.named import named

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
ALL = named("store/sources")


@dataclass(frozen=True)
class SourceInfo:
    """One source of the database."""

    name: str
    version: str
    language: str
    tags: tuple[str, ...]
    origin: str
    """Folder, file or address that it was made of last."""
    snapshot: int
    """How often it changed."""
    ingested: datetime
    pages: int
    passages: int
    languages: tuple[str, ...]
    """What a filter can take: of its passages, sorted."""
    kinds: tuple[str, ...]


def source_info(row: tuple[Any, ...]) -> SourceInfo:
    """A row of `ALL`."""
    name, version, language, tags, origin, snapshot, ingested, pages, passages, languages, kinds = row
    return SourceInfo(
        *(name, version, language, tuple(tags), origin, snapshot, ingested, pages, passages),
        languages=tuple(languages),
        kinds=tuple(kinds),
    )


def all_sources(connection: Connection[Any]) -> list[SourceInfo]:
    """All sources, by name."""
    return [source_info(row) for row in connection.execute(ALL)]


def check_name(name: str) -> None:
    """Refuse a name that no source can have.

    Raises:
        BadSource: If it is not 1 to 63 of a-z, 0-9, _, . and -, or begins with one of the last three.
    """
    if not _NAME.fullmatch(name):
        raise BadSource(
            f"{name[:80]!r} is no name for a source.",
            hint="Use 1 to 63 of a-z, 0-9, _, . and -, such as pg15.",
            code="bad_source_name",
        )
