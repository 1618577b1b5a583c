"""Reads files into records, in several processes where there are many."""

import hashlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from ankus_code_graph.extract.catalog import extract_catalog, is_catalog
from ankus_code_graph.extract.read import extract
from ankus_code_graph.index.files import Found, read_bytes
from ankus_code_graph.index.records import Record, encode, record_of
from ankus_shared.errors import DependencyError

FEW = 40
"""Files up to which no process is started."""
_BATCH_BYTES = 400_000
_RECURSION = 20_000
_noise: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read: its record and bodies as bytes, or why it could not be."""

    found: Found
    hash: bytes
    record: bytes
    bodies: bytes
    problem: str = ""


def digest(data: bytes) -> bytes:
    """What identifies a file's content."""
    return hashlib.blake2b(data, digest_size=20).digest()


def read_files(
    root: Path, files: list[Found], noise: frozenset[bytes], jobs: int, progress: Callable[[int], None]
) -> Iterator[ReadFile]:
    """Read these files.

    Args:
        noise: Names of the macros of the tree that stand for attributes only.
        jobs: Processes at most.
        progress: Told how many files more are read.
    """
    if len(files) <= FEW or jobs < 2:
        for one in files:
            yield _read_here(root, one, noise)
            progress(1)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_prepare, initargs=(noise,)) as pool:
        try:
            yield from _gathered(pool, root, files, jobs, progress)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _gathered(
    pool: ProcessPoolExecutor, root: Path, files: list[Found], jobs: int, progress: Callable[[int], None]
) -> Iterator[ReadFile]:
    """What the processes read, a few batches ahead at most, so that an interruption is quick."""
    batches = _batches(files)
    running: set[Future[list[ReadFile]]] = set()
    for batch in batches:
        running.add(pool.submit(_read_batch, root, batch))
        if len(running) >= 2 * jobs:
            yield from _finished(running, progress)
    while running:
        yield from _finished(running, progress)


def _finished(running: set[Future[list[ReadFile]]], progress: Callable[[int], None]) -> Iterator[ReadFile]:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        running.discard(future)
        try:
            found = future.result()
        except BrokenProcessPool as error:
            raise DependencyError(
                "A process that read files was ended from outside.",
                hint="Look whether memory ran out, and index again, with --jobs 1 if need be.",
                code="reader_ended",
            ) from error
        yield from found
        progress(len(found))


def _batches(files: Iterable[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    size = 0
    for one in files:
        batch.append(one)
        size += one.size
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _prepare(noise: frozenset[bytes]) -> None:
    """Set a process of the pool up."""
    global _noise  # a process of the pool serves one run
    _noise = noise
    sys.setrecursionlimit(_RECURSION)


def _read_here(root: Path, one: Found, noise: frozenset[bytes]) -> ReadFile:
    """Read a file in this process, whose limit of recursion is put back."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION))
    try:
        return _read(root, one, noise)
    finally:
        sys.setrecursionlimit(before)


def _read_batch(root: Path, files: list[Found]) -> list[ReadFile]:
    return [_read(root, one, _noise) for one in files]


def _read(root: Path, one: Found, noise: frozenset[bytes]) -> ReadFile:
    try:
        data = read_bytes(root, one.path)
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        return ReadFile(one, b"", b"", b"", f"{one.path}: {reason}")
    record, bodies = read_record(one.path, data, noise)
    return ReadFile(one, digest(data), encode(record), bodies)


def read_record(path: str, data: bytes, noise: frozenset[bytes]) -> tuple[Record, bytes]:
    """The record and the bodies of a file with these bytes."""
    facts = extract_catalog(path, data) if is_catalog(path) else extract(data, noise)
    return record_of(data, facts)


def default_jobs() -> int:
    """Processes that reading uses by default: as many as there are processors."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
