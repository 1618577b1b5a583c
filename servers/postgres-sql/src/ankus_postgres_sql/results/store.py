"""The results that were read, kept in memory under short names: bounded by bytes and by age.

Where the caller's session is known, names are r1, r2, … of that session. Where it is not (HTTP without
sessions, MCP 2026-07-28), names cannot be guessed, and so only who was told one can use it.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ankus_postgres_sql.errors import ResultExpired
from ankus_postgres_sql.stream import Column, Row

MOST_OWNERS = 10_000
"""Owners whose last number is remembered."""
_CELL_BYTES, _ROW_BYTES = 41, 64  # what CPython needs beside the value itself


class Owner(NamedTuple):
    """Whose a result is: nobody else sees it."""

    credential: str = ""
    """What tells the credential that the caller showed; empty where none is asked for."""
    session: str | None = "stdio"
    """The session, or None where the transport has none."""


LOCAL = Owner()
"""The one caller of a server over stdio."""


@dataclass(frozen=True)
class Kept:
    """One result: its query, its columns, and the rows that were kept of it."""

    name: str
    sql: str
    columns: list[Column]
    types: list[str]
    rows: list[Row]
    complete: bool
    """Whether the rows are all that the query has."""
    ordered: bool = False
    """Whether the query has an ORDER BY."""

    @property
    def names(self) -> list[str]:
        """The columns' names, made unique: a second `a` is `a_2`."""
        return unique_names([column.name for column in self.columns])

    @property
    def count(self) -> str:
        """How many rows there are, as far as is known."""
        return f"{len(self.rows)}{'' if self.complete else ' or more'}"


@dataclass
class _Entry:
    kept: Kept
    size: int
    used: float


@dataclass
class ResultStore:
    """Results by owner and name; the least recently used go first.

    Args:
        memory: Bytes that all results may take together.
        seconds: How long a result is kept after it was used last.
        prefix: What names begin with, so that those of several databases differ.
    """

    memory: int = 64 << 20
    seconds: float = 3600.0
    prefix: str = "r"
    clock: Callable[[], float] = time.monotonic
    _entries: OrderedDict[tuple[Owner, str], _Entry] = field(default_factory=OrderedDict)
    _numbers: OrderedDict[Owner, int] = field(default_factory=OrderedDict)
    _floor: int = 0  # the highest number of an owner that was forgotten: no name is ever used twice

    def new_name(self, owner: Owner) -> str:
        """A name that `owner` has not had yet."""
        if owner.session is None:
            return self.prefix + secrets.token_hex(8)
        number = self._numbers.pop(owner, self._floor) + 1
        self._numbers[owner] = number
        if len(self._numbers) > MOST_OWNERS:
            self._floor = max(self._floor, self._numbers.popitem(last=False)[1])
        return f"{self.prefix}{number}"

    def keep(self, owner: Owner, kept: Kept) -> None:
        """Keep a result; others go until all fit."""
        size = sum(map(row_bytes, kept.rows))
        self._entries.pop((owner, kept.name), None)
        self._entries[owner, kept.name] = _Entry(kept, size, self.clock())
        self._drop_old()
        while len(self._entries) > 1 and sum(entry.size for entry in self._entries.values()) > self.memory:
            self._entries.popitem(last=False)

    def find(self, owner: Owner, name: str) -> Kept | None:
        """The owner's result of that name, which is thereby used; None if there is none (any more)."""
        self._drop_old()
        entry = self._entries.get((owner, name))
        if entry is None:
            return None
        entry.used = self.clock()
        self._entries.move_to_end((owner, name))
        return entry.kept

    def get(self, owner: Owner, name: str) -> Kept:
        """The same.

        Raises:
            ResultExpired: If there is none (any more).
        """
        if (kept := self.find(owner, name)) is not None:
            return kept
        own = self.names(owner)
        known = f" Kept are: {', '.join(own[-8:])}." if own else ""
        raise ResultExpired(
            f"There is no result {name[:40]}, or no longer.",
            hint=f"Run the query again with run_query.{known}",
        )

    def names(self, owner: Owner) -> list[str]:
        """The names of an owner's results, least recently used first."""
        # Names that cannot be guessed are told to nobody.
        return [] if owner.session is None else [name for whose, name in self._entries if whose == owner]

    def _drop_old(self) -> None:
        oldest = self.clock() - self.seconds
        while self._entries and next(iter(self._entries.values())).used < oldest:
            self._entries.popitem(last=False)


def row_bytes(row: Row) -> int:
    """About how many bytes a row takes in memory."""
    return _ROW_BYTES + sum(_CELL_BYTES + len(value) if value is not None else 8 for value in row)


def unique_names(names: list[str]) -> list[str]:
    """Names by which columns can be told apart: a repeated one gets a number that makes it new."""
    taken, unique = set(names), list[str]()
    for name in names:
        number, candidate = 1, name
        while candidate in unique or (number > 1 and candidate in taken):
            number += 1
            candidate = f"{name}_{number}"
        unique.append(candidate)
    return unique
