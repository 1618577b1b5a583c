"""Locks between processes that end with their holder, however it ends (flock(2)).

A list of process ids in a file keeps the dead ones after a kill -9, and a number may belong to another
process by then; the kernel's locks have neither fault.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class FileLock:
    """An advisory lock on a file that is never written: many share it, or one has it alone."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def share(self) -> None:
        """Wait until the lock can be shared with others."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def take(self) -> None:
        """Wait until nobody else has the lock."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def take_if_free(self) -> bool:
        """Take the lock if nobody else shares it; say whether that was so."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Release the lock."""
        os.close(self._descriptor)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock on `path` alone for the length of the block."""
    lock = FileLock(path)
    try:
        lock.take()
        yield
    finally:
        lock.close()
