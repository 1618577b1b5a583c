"""What a source shall be, as whoever ingests it says."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace

from ankus_docs_rag.chunk import CHUNKER
from ankus_docs_rag.model import PageKind
from ankus_docs_rag.store.changes import SourceRow

FORMAT = "3"
"""Of what is made of a page beside its passages: readers, terms, identifiers. Another one reads all anew."""
VERSION = f"{CHUNKER}/{FORMAT}"


@dataclass(frozen=True)
class Wish:
    """One source and how its pages are read."""

    source: str
    origin: str
    """Folder, file or address."""
    version: str = ""
    language: str = ""
    base_url: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    kind: PageKind | None = None
    keep: bool = False
    """Whether pages that the origin does not have stay."""

    @property
    def fingerprint(self) -> bytes:
        """Of all that makes the same file other pages."""
        parts = {**asdict(self), "keep": None, "format": VERSION}
        if self.base_url:
            parts["origin"] = None  # no page tells of it
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()

    def row(self, known: SourceRow | None) -> SourceRow:
        """The source's row; where pages are added, what is not said stays as it is known."""
        made = SourceRow(self.source, self.version, self.language, self.tags, self.origin, VERSION)
        if known is None or not self.keep:
            return made
        return replace(
            made,
            version=self.version or known.version,
            language=self.language or known.language,
            tags=self.tags or known.tags,
            origin=known.origin,
        )

    def hash(self, content: bytes) -> bytes:
        """Of a file whose own hash is given, and of how it is read."""
        return hashlib.sha256(self.fingerprint + content).digest()
