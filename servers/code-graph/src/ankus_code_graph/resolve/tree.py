"""A source tree as its files' facts: which file includes which, and what is therefore visible where.

Sets of files are integers, a bit a file: a closure of three hundred headers is one number.
"""

from collections import Counter, defaultdict
from functools import cached_property
from pathlib import PurePosixPath

from ankus_code_graph.extract.facts import Facts


class Tree:
    """The files of one graph.

    Args:
        files: Facts by path, relative to the root, with slashes.
    """

    def __init__(self, files: dict[str, Facts]) -> None:
        self.files = files
        self.paths = sorted(files)
        self.number = {path: number for number, path in enumerate(self.paths)}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in self.paths:
            self._by_name[path.rpartition("/")[2]].append(path)
        self.includes: dict[str, list[tuple[str, int, str]]] = {
            path: self._included(path, facts) for path, facts in files.items()
        }
        """For each file the files of the tree that it includes, with line and condition."""
        self.includers: dict[str, list[str]] = defaultdict(list)
        for path in self.paths:
            for target, _, _ in self.includes[path]:
                if path not in self.includers[target]:
                    self.includers[target].append(path)

    def _included(self, path: str, facts: Facts) -> list[tuple[str, int, str]]:
        found = [(self.find_include(path, one.target), one.line, one.condition) for one in facts.includes]
        return [(target, line, condition) for target, line, condition in found if target is not None]

    def find_include(self, path: str, target: str) -> str | None:
        """The file that `#include "target"` in `path` means: beside it, or else the nearest of that name."""
        folder = path.rpartition("/")[0]
        beside = _joined(folder, target)
        if beside in self.files:
            return beside
        name = target.rpartition("/")[2]
        wanted = "/" + _joined("", target)
        candidates = [one for one in self._by_name.get(name, ()) if f"/{one}".endswith(wanted)]
        if not candidates:
            return None
        return max(
            candidates, key=lambda one: ("/include/" in f"/{one}", nearness(one, path), -len(one), one)
        )

    def bit(self, path: str) -> int:
        """The set of this file alone."""
        return 1 << self.number[path]

    @cached_property
    def closures(self) -> dict[str, int]:
        """For each file the set of itself and of all that it includes, under any condition."""
        return self._closed(unconditional=False)

    @cached_property
    def certain(self) -> dict[str, int]:
        """The same without what is included under a condition only."""
        return self._closed(unconditional=True)

    def _closed(self, unconditional: bool) -> dict[str, int]:
        sets = {path: self.bit(path) for path in self.paths}
        changed = True
        while changed:
            changed = False
            for path in reversed(self.paths):
                whole = sets[path]
                for target, _, condition in self.includes[path]:
                    if not (unconditional and condition):
                        whole |= sets[target]
                if whole != sets[path]:
                    sets[path], changed = whole, True
        return sets

    @cached_property
    def scopes(self) -> dict[str, int]:
        """For each file the set of what is visible in it; a file that is made to be included sees its includers."""
        return {path: self._scope(path) for path in self.paths}

    def _scope(self, path: str) -> int:
        whole = self.closures[path]
        users = self.includers.get(path, [])
        if users and (not path.endswith(".h") or len(users) == 1):
            for user in users:
                whole |= self.closures[user]
        return whole

    @cached_property
    def preludes(self) -> dict[str, frozenset[str]]:
        """For each file what it includes first, which tells programs apart (postgres.h, postgres_fe.h)."""
        own = {path: self._prelude(path) for path in self.paths}
        votes: dict[str, Counter[frozenset[str]]] = defaultdict(Counter)
        for path in self.paths:
            if path.endswith(".h") or not own[path]:
                continue
            rest = self.closures[path] & ~self.bit(path)
            while rest:
                low = rest & -rest
                votes[self.paths[low.bit_length() - 1]][own[path]] += 1
                rest ^= low
        for path, counted in votes.items():
            if path.endswith(".h") or not own[path]:
                own[path] = max(counted, key=lambda one: (counted[one], sorted(one)))
        return own

    def _prelude(self, path: str) -> frozenset[str]:
        """The first include; with alternatives, the first of each."""
        found: list[str] = []
        for one in self.files[path].includes:
            found.append(one.target)
            if not one.condition:
                break
        return frozenset(found[:4])


def _joined(folder: str, target: str) -> str:
    """A path without `.` and `..`, as far as it stays in the tree."""
    parts: list[str] = []
    for part in PurePosixPath(folder, target).parts:
        if part == ".." and parts:
            parts.pop()
        elif part not in ("..", "."):
            parts.append(part)
    return "/".join(parts)


def nearness(one: str, other: str) -> int:
    """How many folders two paths share from the root on."""
    count = 0
    for mine, theirs in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if mine != theirs:
            break
        count += 1
    return count
