"""What the map is made of: files, and how much of each kind leads from file to file."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from ankus_code_graph.prose import counted


class FileFacts(NamedTuple):
    """One file's size."""

    lines: int
    functions: int
    globals: int


class Weight(NamedTuple):
    """How strongly one thing depends on another: edges of the graph by kind."""

    calls: int = 0
    includes: int = 0
    shared: int = 0
    """Functions that use a global variable, counted for each variable."""

    def plus(self, other: "Weight") -> "Weight":
        return Weight(*map(sum, zip(self, other, strict=True)))

    @property
    def total(self) -> int:
        """One number to order by: an include says less than a call."""
        return 4 * self.calls + self.includes + 2 * self.shared

    def __str__(self) -> str:
        kinds = ((self.calls, "call"), (self.includes, "include"), (self.shared, "global use"))
        return ", ".join(counted(count, name) for count, name in kinds if count)


@dataclass
class Overview:
    """A whole graph at the level of files."""

    files: dict[str, FileFacts]
    weights: dict[tuple[str, str], Weight]
    """From file to file; never from one to itself."""


@dataclass
class Module:
    """A directory with what is below it, or the files that stand directly in one."""

    name: str
    """Its path; "." for the top of the tree."""
    paths: list[str] = field(default_factory=list)
    lines: int = 0
    functions: int = 0
    globals: int = 0
    inside: bool = True
    """Whether it stands in the part of the tree that was asked for."""


@dataclass
class Modules:
    """The modules of one part of the tree, and those around it that it has to do with."""

    modules: dict[str, Module]
    weights: dict[tuple[str, str], Weight]
    of_file: dict[str, str]

    def inside(self) -> list[Module]:
        """Those of the part itself, the largest first."""
        found = [module for module in self.modules.values() if module.inside]
        return sorted(found, key=lambda module: (-module.lines, module.name))

    def between(self, names: Collection[str]) -> dict[tuple[str, str], float]:
        """How strongly each of some modules depends on each other of them, where it does."""
        return {
            (start, end): float(weight.total)
            for (start, end), weight in self.weights.items()
            if start in names and end in names
        }


def modules_of(overview: Overview, path: str, depth: int) -> Modules:
    """The modules at most `depth` directories below `path`.

    Files elsewhere are grouped by the directory in which their path departs from `path`.
    """
    base = tuple(part for part in path.split("/") if part)
    of_file = {file: _module_name(file, base, depth) for file in overview.files}
    weights = defaultdict[tuple[str, str], Weight](Weight)
    touched = set[str]()
    for (start, end), weight in overview.weights.items():
        pair = (of_file[start], of_file[end])
        if pair[0] != pair[1] and (_below(start, base) or _below(end, base)):
            weights[pair] = weights[pair].plus(weight)
            touched.update(pair)
    modules = dict[str, Module]()
    for file, facts in overview.files.items():
        inside = _below(file, base)
        if inside or of_file[file] in touched:
            _add(modules.setdefault(of_file[file], Module(of_file[file], inside=inside)), file, facts)
    return Modules(modules, dict(weights), of_file)


def _module_name(file: str, base: tuple[str, ...], depth: int) -> str:
    folders = tuple(file.split("/")[:-1])
    if folders[: len(base)] == base:
        kept = folders[: len(base) + depth]
    else:
        same = next(
            (place for place, pair in enumerate(zip(folders, base, strict=False)) if pair[0] != pair[1]),
            min(len(folders), len(base)),
        )
        kept = folders[: same + 1]
    return "/".join(kept) or "."


def _below(file: str, base: tuple[str, ...]) -> bool:
    return tuple(file.split("/")[:-1])[: len(base)] == base


def _add(module: Module, file: str, facts: FileFacts) -> None:
    module.paths.append(file)
    module.lines += facts.lines
    module.functions += facts.functions
    module.globals += facts.globals
