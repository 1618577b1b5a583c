"""Proposals as files: one each, written whole, taken by a rename that only one process can win."""

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ankus_postgres_sql.changes.errors import ChangeUnknown
from ankus_shared.errors import SettingsError

_ID = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Proposal:
    """A change as it was proposed."""

    id: str
    sql: str
    sha256: str
    """Of the statement's text: what is shown and approved is what runs."""
    reason: str
    identity: str
    database: str
    expires: float
    """Seconds since the epoch."""
    approved_by: str = ""


class Proposals:
    """The proposals in one folder, which only its owner may read.

    Raises:
        SettingsError: If the folder cannot be made.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder, clock
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"Cannot make {folder}: {error.strerror}.", hint="See --changes.") from error

    def add(self, sql: str, reason: str, identity: str, database: str, seconds: float) -> Proposal:
        """Keep a new proposal for `seconds`."""
        found = Proposal(
            secrets.token_hex(6), sql, _hash(sql), reason, identity, database, self._clock() + seconds
        )
        self._write(found)
        return found

    def get(self, id: str) -> Proposal:
        """A proposal that can still be applied.

        Raises:
            ChangeUnknown: If there is none, or it expired, was applied, or its text was altered.
        """
        path = self._path(id)
        if path.with_suffix(".applied").exists():
            raise ChangeUnknown(
                f"The change {id} was applied already.", hint="Propose it anew.", code="change_applied"
            )
        try:
            found = Proposal(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise ChangeUnknown(
                f"There is no change {id}.", hint="Call propose_change, and use its change_id."
            ) from error
        if found.expires < self._clock():
            raise ChangeUnknown(f"The change {id} expired.", hint="Propose it anew.", code="change_expired")
        if _hash(found.sql) != found.sha256:
            raise ChangeUnknown(f"The change {id} is not as it was proposed.", hint="Propose it anew.")
        return found

    def approve(self, id: str, person: str) -> Proposal:
        """Note that a person approved it."""
        found = replace(self.get(id), approved_by=person)
        self._write(found)
        return found

    def take(self, proposal: Proposal) -> None:
        """Claim a proposal for being applied, once and for all.

        Raises:
            ChangeUnknown: If somebody else has, or it is not what it was.
        """
        if replace(self.get(proposal.id), approved_by="") != replace(proposal, approved_by=""):
            raise ChangeUnknown(f"The change {proposal.id} is not as it was shown.", hint="Propose it anew.")
        path = self._path(proposal.id)
        try:
            os.link(path, path.with_suffix(".applied"))  # fails where it exists: only one can win
        except FileExistsError as error:
            raise ChangeUnknown(
                f"The change {proposal.id} was applied already.",
                hint="Propose it anew.",
                code="change_applied",
            ) from error
        path.unlink()

    def _path(self, id: str) -> Path:
        if not _ID.fullmatch(id):
            raise ChangeUnknown(f"{id[:40]!r} is no change_id.", hint="Use the change_id of propose_change.")
        return self._folder / f"{id}.json"

    def _write(self, proposal: Proposal) -> None:
        path = self._path(proposal.id)
        part = path.with_suffix(f".{secrets.token_hex(4)}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(proposal), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
