"""What a source is made of: the files of a folder, or pages of the web, each with the hash of its content."""

import contextlib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ankus_docs_rag.ingest.reading import Item
from ankus_docs_rag.ingest.wish import Wish
from ankus_docs_rag.model import Page
from ankus_docs_rag.read.files import SourceFile, read_file
from ankus_docs_rag.read.folder import find_files
from ankus_docs_rag.read.where import Where

_URL = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Origin:
    """A source before it is read."""

    wish: Wish
    items: Sequence[Item]
    problems: tuple[tuple[str, str], ...] = ()
    """(file, why it was passed over)."""


@dataclass(frozen=True)
class FileItem:
    """A file."""

    file: SourceFile
    hash: bytes

    @property
    def path(self) -> str:
        """Relative to the root of the source."""
        return self.file.path

    def read(self) -> Sequence[Page]:
        """Its pages."""
        return read_file(self.file)


def is_url(origin: str) -> bool:
    """Whether an origin is an address rather than a path."""
    return _URL.match(origin) is not None


def find_items(wish: Wish, include: Sequence[str], exclude: Sequence[str], most_bytes: int) -> Origin:
    """The files of the wish's folder, or its one file.

    Raises:
        BadSource: If there is nothing that can be read.
    """
    root = Path(wish.origin).expanduser().resolve()
    wish = replace(wish, origin=str(root))
    found = find_files(
        root, include, exclude, base_url=wish.base_url, about=where_of(wish), most_bytes=most_bytes
    )
    items = [FileItem(file, _hash(wish, file)) for file in found.files]
    return Origin(wish, items, tuple(_parted(problem) for problem in found.problems))


def where_of(wish: Wish) -> Where:
    """What is known of all pages of a source."""
    return Where("", language=wish.language, author=wish.author, tags=wish.tags)


def _hash(wish: Wish, file: SourceFile) -> bytes:
    """Of the file's bytes; of one that cannot be read, none that is known."""
    with contextlib.suppress(OSError), file.place.open("rb") as stream:
        return wish.hash(hashlib.file_digest(stream, "sha256").digest())
    return b""


def _parted(problem: str) -> tuple[str, str]:
    file, _, reason = problem.partition(": ")
    return file, reason
