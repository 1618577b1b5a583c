"""Evaluated prompts on disk, so that the next run need not evaluate the same prefix again.

llama.cpp writes and reads the files (`POST /slots/0?action=save|restore`); here is their name, age and
number. A name is `<key>.<digest of the content>.state`: the key says for which model, engine, context and
prefix the state holds, the digest that not one byte was lost or changed since. A file that does not fit
its name is removed and never given to llama.cpp, which trusts what it reads.
"""

import hashlib
import os
from importlib.metadata import version
from pathlib import Path

KEPT = 4
"""Saved states to keep; one holds about 28 kB a token with Qwen2.5-Coder-1.5B."""


def state_key(model: Path, context_tokens: int, prefix: str) -> str:
    """Name the state of `prefix` under exactly this model file, engine version and context size."""
    stat = model.stat()
    parts = (model.name, stat.st_size, stat.st_mtime_ns, version("xllamacpp"), context_tokens, prefix)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


class PromptStates:
    """The folder of saved states; several processes may use it at once.

    Args:
        folder: Where the files lie; made when missing, readable by the user alone.
        kept: How many of the newest states stay.
    """

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        self.folder = folder
        self._kept = kept
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def scratch_name(self, key: str) -> str:
        """A name for llama.cpp to write `key` under, of this process alone."""
        return f"{key}.{os.getpid()}.tmp"

    def adopt(self, key: str) -> Path:
        """Give the scratch file of `key` its final name in one step, and drop what became too old."""
        scratch = self.folder / self.scratch_name(key)
        final = self.folder / f"{key}.{_digest(scratch)}.state"
        scratch.replace(final)
        for older in self.folder.glob(f"{key}.*.state"):
            if older != final:
                older.unlink(missing_ok=True)
        self._prune()
        return final

    def find(self, key: str) -> Path | None:
        """The intact state of `key`, now the newest; a damaged one is removed. None where there is none."""
        for path in self.folder.glob(f"{key}.*.state"):
            try:
                if path.suffixes[-2] == f".{_digest(path)}":
                    os.utime(path)
                    return path
            except FileNotFoundError:  # another process dropped it meanwhile
                continue
            path.unlink(missing_ok=True)
        return None

    def discard(self, key: str) -> None:
        """Remove what was saved or half saved under `key`."""
        for path in self.folder.glob(f"{key}.*"):
            path.unlink(missing_ok=True)

    def _prune(self) -> None:
        """Keep the newest states, and no scratch file whose process is gone."""
        newest_first = sorted(self.folder.glob("*.state"), key=_modified, reverse=True)
        for path in newest_first[self._kept :]:
            path.unlink(missing_ok=True)
        for path in self.folder.glob("*.tmp"):
            if not _alive(int(path.suffixes[-2][1:])):
                path.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process dropped it meanwhile
        return 0.0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
