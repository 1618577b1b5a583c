"""Digests on their way to the store, on disk: a source of any size passes through memory page by page."""

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType

from ankus_docs_rag.store.digest import Digest


class Spool(AbstractContextManager["Spool"]):
    """A file of digests that is written once, read in order as often as is needed, and gone at its end."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="ankus-docs-")
        self.count = 0

    def add(self, digest: Digest) -> None:
        """Put one at the end."""
        pickle.dump(digest, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self.count += 1

    def __iter__(self) -> Iterator[Digest]:
        self._file.flush()
        self._file.seek(0)
        for _ in range(self.count):
            yield pickle.load(self._file)  # noqa: S301 (nobody but we can write a file without a name)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
