"""The engine's log: one file a run, removed when the run ends well, and the newest of the others kept."""

import os
import tempfile
from pathlib import Path

KEPT_LOGS = 5
"""Logs of failed engines to keep."""


def new_log(log_dir: Path) -> Path:
    """Make an empty log in `log_dir`, readable by the user alone, and drop the oldest ones."""
    log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in sorted(log_dir.glob("llama-*.log"), key=_modified)[: -KEPT_LOGS + 1]:
        old.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix="llama-", suffix=".log", dir=log_dir)
    os.close(handle)
    return Path(name)


def drop_log(log_file: Path) -> None:
    """Remove the log of a run that ended well."""
    log_file.unlink(missing_ok=True)


def first_error(log_file: Path) -> str:
    """The first error in llama.cpp's log (`0.00.004.250 E gguf_init: what`); the rest follows from it."""
    for line in log_file.read_text(encoding="utf-8", errors="replace").splitlines():
        stamp, _, rest = line.partition(" E ")
        if rest and stamp.replace(".", "").isdigit():
            return " ".join(rest.split())
    return ""


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another run dropped it meanwhile
        return 0.0
