"""What an ingest changes in its source, as one transaction makes it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ankus_docs_rag.store.digest import Digest


@dataclass(frozen=True)
class SourceRow:
    """What is known of the source as a whole."""

    name: str
    version: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    origin: str = ""
    chunker: str = ""


@dataclass(frozen=True)
class Changes:
    """The way from the pages that are there to those that shall be."""

    source: SourceRow
    pages: Iterable[Digest]
    """New pages and new versions of old ones; it is gone through several times."""
    removed: Collection[str]
    """Paths of pages that go, those that come back changed included."""
    files: Mapping[str, bytes]
    """Hashes of the files that were read."""
    removed_files: Collection[str]
