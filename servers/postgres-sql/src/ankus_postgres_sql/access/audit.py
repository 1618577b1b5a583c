"""The audit log: a line of JSON for each call, chained by SHA-256, appended and on disk before the answer.

Each record holds the hash of the one before; its own `hash` is SHA-256 over its canonical JSON (sorted keys,
no blanks) without `hash`. A line that was changed, added or taken out breaks the chain at its place; only a
tail that was cut off whole cannot be seen from the file alone, so note the last hash elsewhere. Several
processes may write to one file. A file that was rotated away is followed by one that begins with the
last hash that this process wrote. Records hold no literal of a statement.
"""

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pglast import parser

from ankus_shared.errors import AnkusError, DependencyError, SettingsError

BEGINNING = "0" * 64
"""What the first record has for the hash of the one before."""
TAIL = 65_536
"""Bytes at the end of the file in which the last record is looked for; one is shorter."""
LONGEST_TEXT = 4_000
"""Characters of a normalised statement that are kept."""

_CONSTANTS = frozenset({"SCONST", "USCONST", "BCONST", "XCONST", "ICONST", "FCONST"})
_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})


class AuditBroken(AnkusError):
    """Raised by `audit verify`, naming the first line that is not as it was written."""

    code = "audit_broken"


class AuditFailed(DependencyError):
    """Raised when a record cannot be written: then the call is not made, or not answered."""

    code = "audit_failed"


class AuditLog:
    """Appends records to one file; safe between threads and processes.

    Args:
        sync: Whether each record is on disk (fsync) before `write` returns.
    """

    def __init__(self, path: Path, *, sync: bool = True) -> None:
        self._path, self._sync = path, sync
        self._last = BEGINNING
        self._lock = threading.Lock()
        if path.is_dir() or not path.parent.is_dir():
            raise SettingsError(
                f"{path} is no place for the audit log.", hint="Name a file in an existing folder."
            )

    def write(self, **fields: Any) -> None:
        """Append one record.

        Raises:
            AuditFailed: If the file cannot be written, or its last line is no record.
        """
        record = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **fields}
        try:
            with self._lock:
                self._append(record)
        except OSError as error:
            raise AuditFailed(
                f"The audit log cannot be written: {error.strerror}.", hint="Tell who runs the server."
            ) from error

    def _append(self, record: dict[str, Any]) -> None:
        # opened for each record, so that a file that was rotated away is left alone
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            record["previous"] = _last_hash(descriptor) or self._last
            record["hash"] = self._last = digest(record)
            line = memoryview(_canonical(record) + b"\n")
            while line:
                line = line[os.write(descriptor, line) :]
            if self._sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


@dataclass(frozen=True)
class Verified:
    """What a file that is whole holds."""

    records: int
    first_previous: str
    last: str


def verify(path: Path) -> Verified:
    """Check every line of a log.

    Raises:
        AuditBroken: Naming the first line that is not as it was written.
        SettingsError: If the file cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise SettingsError(f"Cannot read {path}: {error.strerror}.", hint="Name a readable file.") from error
    if lines.pop() != b"":
        raise _broken(path, len(lines) + 1, "it is not complete")
    first = previous = None
    for number, line in enumerate(lines, 1):
        record = _record(line)
        if record is None or _canonical(record) != line or digest(record) != record.get("hash"):
            raise _broken(path, number, "it was changed")
        if previous is not None and record.get("previous") != previous:
            raise _broken(path, number, "lines before it are missing, added or out of order")
        first = first or str(record.get("previous"))
        previous = record["hash"]
    return Verified(len(lines), first or BEGINNING, previous or BEGINNING)


def digest(record: Mapping[str, Any]) -> str:
    """The hash of a record: SHA-256 over its canonical form without `hash`."""
    return hashlib.sha256(_canonical({k: v for k, v in record.items() if k != "hash"})).hexdigest()


def statement_form(text: str) -> dict[str, str]:
    """A statement's fingerprint, and its text without comments and with `?` for each literal.

    Both are empty for text that PostgreSQL's parser does not take: what in it is a literal cannot be told.
    """
    try:
        return {"fingerprint": parser.fingerprint(text), "statement": without_literals(text)[:LONGEST_TEXT]}
    except parser.ParseError:
        return {"fingerprint": "", "statement": ""}


def without_literals(text: str) -> str:
    """SQL on one line, by PostgreSQL's own scanner: constants as `?`, no comments.

    `pglast.parser.normalize` would leave the constants of ALTER TABLE, CREATE and others.
    """
    kept, end = [], 0
    for token in parser.scan(text):
        if token.name in _CONSTANTS or token.name in _COMMENTS:
            kept += [text[end : token.start], "?" if token.name in _CONSTANTS else " "]
            end = token.end + 1
    return " ".join("".join([*kept, text[end:]]).split())


def _last_hash(descriptor: int) -> str | None:
    """The hash of the last record; None in an empty file."""
    size = os.fstat(descriptor).st_size
    if size == 0:
        return None
    tail = os.pread(descriptor, TAIL, max(0, size - TAIL))
    record = _record(tail.rstrip(b"\n").rpartition(b"\n")[2]) if tail.endswith(b"\n") else None
    if record is None or not isinstance(record.get("hash"), str):
        raise AuditFailed(
            "The audit log's last line is no record.", hint="Move the file away, and look into what happened."
        )
    return str(record["hash"])


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _canonical(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _broken(path: Path, number: int, why: str) -> AuditBroken:
    return AuditBroken(f"{path}, line {number}: {why}.", hint="Every line before it is as it was written.")
