"""One file -> its pages, by the format that its name tells; goes to a worker process as it is."""

from dataclasses import dataclass, replace
from pathlib import Path

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.model import Page
from ankus_docs_rag.read.formats import READERS, format_of, refuse_size
from ankus_docs_rag.read.where import Where

MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class SourceFile:
    """A file of a source."""

    place: Path
    where: Where
    size: int
    mtime_ns: int
    most_bytes: int = MOST_BYTES

    @property
    def path(self) -> str:
        """Relative to the root of the source, with slashes."""
        return self.where.path

    def content(self) -> bytes:
        """Its bytes.

        Raises:
            BadSource: If it is too large, or cannot be read.
        """
        try:
            refuse_size(self.path, self.place.stat().st_size, self.most_bytes)
            with self.place.open("rb") as file:
                data = file.read(self.most_bytes + 1)
        except OSError as error:
            raise BadSource(
                f"{self.path} cannot be read: {error.strerror}.", hint="Allow it, or exclude it."
            ) from error
        refuse_size(self.path, len(data), self.most_bytes)
        return data


def read_file(file: SourceFile, data: bytes | None = None) -> list[Page]:
    """The pages of a file.

    Args:
        data: Its bytes where they are at hand.

    Raises:
        BadSource: If it cannot be read.
    """
    where = file.where if file.where.url else replace(file.where, url=file.place.absolute().as_uri())
    return READERS[format_of(file.path) or "text"](file.content() if data is None else data, where)
