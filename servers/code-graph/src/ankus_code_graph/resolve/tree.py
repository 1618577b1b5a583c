"""A source tree as its files' facts: which file includes which, and what is therefore visible where.

Sets of files are integers, a bit a file: a closure of three hundred headers is one number.
"""

from collections import Counter, defaultdict
from functools import cached_property

from ankus_code_graph.extract.facts import Facts
from ankus_code_graph.resolve.conditions import PLATFORM, judge


class Tree:
    """The files of one graph.

    Args:
        files: Facts by path, relative to the root, with slashes.
        numbered: All paths that get a number, so that the sets of two trees can be compared; by default
            those of the files.
    """

    def __init__(self, files: dict[str, Facts], numbered: list[str] | None = None) -> None:
        self.files = files
        self.paths = sorted(files)
        self.numbered = numbered or self.paths
        self.number = {path: number for number, path in enumerate(self.numbered)}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in self.paths:
            self._by_name[path.rpartition("/")[2]].append(path)
        self._found: dict[str, list[str]] = {}
        self._roots = self._include_roots()
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
        found = []
        for one in facts.includes:
            target = self.find_include(path, one.target, one.angled)
            if target is not None:
                found.append((target, one.line, one.condition))
        return found

    def find_include(self, path: str, target: str, angled: bool = False) -> str | None:
        """The file that `#include "target"` in `path` means: beside it, or below a folder that others use.

        What stands in angle brackets is the tree's own only where quoted names are found too.
        """
        beside = _joined(path.rpartition("/")[0], target)
        if beside in self.files and not angled:
            return beside
        candidates = self._candidates(target)
        if angled:
            candidates = [one for one in candidates if self._roots[_root(one, target)] > 1]
        parents = _parents(path)

        def likely(one: str) -> tuple[bool, int, int, str]:
            root = _root(one, target)
            return root in parents, self._roots[root], nearness(one, path), one

        return max(candidates, key=likely, default=None)

    def _candidates(self, target: str) -> list[str]:
        found = self._found.get(target)
        if found is None:
            wanted = "/" + _joined("", target)
            named = self._by_name.get(target.rpartition("/")[2], ())
            found = self._found[target] = [one for one in named if f"/{one}".endswith(wanted)]
        return found

    def _include_roots(self) -> Counter[str]:
        """The folders below which quoted includes are found, with how often each is the only one."""
        roots: Counter[str] = Counter()
        for path in self.paths:
            for one in self.files[path].includes:
                if one.angled or _joined(path.rpartition("/")[0], one.target) in self.files:
                    continue
                candidates = self._candidates(one.target)
                if len(candidates) == 1:
                    roots[_root(candidates[0], one.target)] += 1
        return roots

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
                    holds = judge(condition, PLATFORM.get)
                    if holds or (holds is None and not unconditional):
                        whole |= sets[target]
                if whole != sets[path]:
                    sets[path], changed = whole, True
        return sets

    @cached_property
    def scopes(self) -> dict[str, int]:
        """For each file the set of what it sees; one that is made to be included sees its includers."""
        return {path: self._scope(path) for path in self.paths}

    def _scope(self, path: str) -> int:
        whole = self.closures[path] | self._prelude_closure(path, self.closures)
        users = self.includers.get(path, [])
        if users and (not path.endswith(".h") or len(users) == 1):
            for user in users:
                whole |= self.closures[user]
        return whole

    def _prelude_closure(self, path: str, closures: dict[str, int]) -> int:
        """What a header sees because all who include it have included it before: postgres.h."""
        if not path.endswith(".h"):
            return 0
        whole = 0
        for target in self.preludes[path]:
            found = self.find_include(path, target)
            if found is not None and not closures[found] >> self.number[path] & 1:
                whole |= closures[found]
        return whole

    @cached_property
    def visible(self) -> dict[str, int]:
        """For each file the set of what it sees under any configuration."""
        return {path: self.certain[path] | self._prelude_closure(path, self.certain) for path in self.paths}

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
                votes[self.numbered[low.bit_length() - 1]][own[path]] += 1
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


def _root(path: str, target: str) -> str:
    """The folder below which a file is found as `target`."""
    return path[: len(path) - len(_joined("", target))]


def _parents(path: str) -> set[str]:
    """The folders above a file, with a slash at the end."""
    parts = path.split("/")[:-1]
    return {"/".join(parts[:count]) + "/" for count in range(1, len(parts) + 1)}


_FOREIGN = ("win32", "msvc", "mingw", "cygwin", "darwin", "solaris", "aix", "freebsd", "openbsd", "netbsd")


def is_foreign(path: str) -> bool:
    """Whether a file's name, or a folder's above it, is that of another platform."""
    return any(part.startswith(_FOREIGN) for part in path.split("/"))


def _joined(folder: str, target: str) -> str:
    """A path without `.` and `..`, as far as it stays in the tree."""
    whole = f"{folder}/{target}" if folder else target
    if "./" not in whole and "//" not in whole:
        return whole
    parts: list[str] = []
    for part in whole.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("..", ".", ""):
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
