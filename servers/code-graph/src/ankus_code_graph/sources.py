"""Source text, read from the tree that was indexed and from nowhere else."""

import hashlib
import os
import stat
from pathlib import Path

from ankus_code_graph.errors import BadSource

LARGEST_SOURCE = 64 << 20
"""Bytes of a file that is still read: generated tables are large, a core dump is larger."""


def source_hash(data: bytes) -> bytes:
    """What tells one text of a file from another: 20 bytes of BLAKE2b."""
    return hashlib.blake2b(data, digest_size=20).digest()


def read_source(root: Path, path: str) -> bytes:
    """The bytes of one file of a tree.

    Args:
        root: Folder that was indexed.
        path: Relative to `root`; a link counts as what it points to.

    Raises:
        BadSource: If it leaves the tree, is gone, is no plain file, is too large or may not be read.
    """
    try:
        place = _place(root, path)
        # a pipe of that name must not hold the server up
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError, RuntimeError) as error:
        raise BadSource(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'no such file'}.",
            hint=f"Check that {root} is still there, or index it again.",
        ) from error
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise BadSource(f"{path} is no file.")
        if status.st_size > LARGEST_SOURCE:
            raise BadSource(f"{path} has {status.st_size >> 20} MiB; {LARGEST_SOURCE >> 20} are read.")
        return file.read(LARGEST_SOURCE)


def _place(root: Path, path: str) -> Path:
    top = root.resolve(strict=True)
    place = (top / path).resolve(strict=True)
    if not place.is_relative_to(top):
        raise BadSource(f"{path} leaves the tree {root}.", hint="Give a path inside of the tree.")
    return place
