"""A file on its way: what arrived so far, its running SHA-256, and what the next run must know.

All sources of a model hold the same bytes, so the position is simply the size of `<file>.part`, whichever
source the bytes came from; `<file>.part.json` holds the ETag for a conditional request. A `.part` never
takes the final name before its hash is right.
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from ankus_runner.errors import DiskSpaceError

_BLOCK = 1 << 20


class Partial:
    """The part of `final` that has arrived; a context manager that keeps it when the block fails.

    Attributes:
        folder: Where the file lies; temporary files belong there too, on the disk that was found roomy.
        position: Bytes that arrived.
        etag: The hub's name for the version of the file that they belong to, or None.
    """

    def __init__(self, final: Path) -> None:
        self.folder = final.parent
        self._final = final
        self._path = final.with_name(f"{final.name}.part")
        self._notes = final.with_name(f"{final.name}.part.json")
        self._file = self._path.open("a+b", buffering=0)  # no buffer that a full disk could strand
        self._hash = sha256()
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            self._hash.update(block)
        self.position = self._file.tell()
        self.etag = self._read_etag()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, block: bytes) -> None:
        """Add bytes at the position.

        Raises:
            DiskSpaceError: The disk is full; what was written before stays.
        """
        rest = memoryview(block)
        with full_disk_named(self._path):
            while rest:
                rest = rest[self._file.write(rest) :]
        self._hash.update(block)
        self.position += len(block)

    def restart(self) -> None:
        """Forget everything that arrived."""
        self._file.truncate(0)
        self._hash = sha256()
        self.position = 0
        self.remember_etag(None)

    def remember_etag(self, etag: str | None) -> None:
        """Keep the hub's name of the version that the bytes belong to, for the next run too."""
        self.etag = etag
        if etag is None:
            self._notes.unlink(missing_ok=True)
        else:
            self._notes.write_text(json.dumps({"etag": etag}), encoding="utf-8")

    def digest(self) -> str:
        """SHA-256 of what arrived, in hexadecimal."""
        return self._hash.hexdigest()

    def commit(self) -> None:
        """Give the file its final name, durably."""
        os.fsync(self._file.fileno())
        self._path.replace(self._final)
        self._notes.unlink(missing_ok=True)
        _sync_folder(self.folder)

    def delete(self) -> None:
        """Remove what arrived."""
        self._path.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)

    def _read_etag(self) -> str | None:
        try:
            etag = json.loads(self._notes.read_text(encoding="utf-8"))["etag"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return etag if isinstance(etag, str) else None


@contextmanager
def full_disk_named(path: Path) -> Iterator[None]:
    """Turn 'no space left' into a DiskSpaceError that names the folder."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        hint = "What arrived is kept: make room and run the same command again."
        raise DiskSpaceError(f"The disk of {path.parent} is full.", hint=hint) from error


def _sync_folder(folder: Path) -> None:
    """Make a rename durable (POSIX: the folder is synced like a file)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
