"""The truth file boiled down to what a graph is held against: pairs of a function and what it uses."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

RELATIONS = ("calls", "writes", "reads", "addresses", "fields", "field writes", "includes")
Key = tuple[str, str, str]
"""Caller, its file, name of what it uses; for includes "", file, included file."""
USES = {
    "read": ("reads",),
    "write": ("writes",),
    "update": ("reads", "writes"),
    "address": ("addresses",),
    "decay": ("reads", "addresses"),
}


@dataclass(slots=True)
class Expected:
    """A pair that the compiler saw.

    Attributes:
        files: Which file may define what is used; empty where the corpus does not tell.
        direct: Whether its name stands in the caller's text anywhere.
        lines: In the caller's file.
        inside: Whether the tree defines what is used, so that a graph must have the pair.
    """

    files: set[str] = field(default_factory=set)
    direct: bool = False
    lines: set[int] = field(default_factory=set)
    inside: bool = False


@dataclass(slots=True)
class Truth:
    """What the compiler saw of all units.

    Attributes:
        functions: Origin by (name, file).
        instances: Units by the name of a function that they make from a template header.
        pairs: By relation and key.
        optional: Keys that may or may not be in a graph: uses inside of sizeof, decayed arrays.
        skipped: By file, the lines that no unit compiled; every file of the tree that a unit saw is a key.
        units: Files that are units themselves.
    """

    functions: dict[tuple[str, str], str] = field(default_factory=dict)
    instances: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    pairs: dict[str, dict[Key, Expected]] = field(default_factory=lambda: {name: {} for name in RELATIONS})
    optional: dict[str, set[Key]] = field(default_factory=lambda: {name: set() for name in RELATIONS})
    skipped: dict[str, set[int]] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)

    def compiled(self, file: str, line: int) -> bool:
        """Whether some unit saw this line."""
        return file in self.skipped and line not in self.skipped[file]


def gather(units: Iterable[dict[str, Any]]) -> Truth:
    """The truth of all units of a truth file."""
    truth = Truth()
    for unit in units:
        truth.units.add(unit["file"])
        _add_functions(truth, unit)
        _add_skipped(truth, unit)
        for row in unit["calls"]:
            _add_call(truth, row)
        for row in unit["globals"]:
            _add_global(truth, row)
        for row in unit["fields"]:
            _add_field(truth, row)
        for file, included in unit["includes"]:
            truth.pairs["includes"][("", file, included)] = Expected({included}, True, set(), True)
    return truth


def _add_functions(truth: Truth, unit: dict[str, Any]) -> None:
    for found in unit["functions"]:
        truth.functions.setdefault((found["name"], found["file"]), found["origin"])
        if "instance" in found:
            truth.instances[found["name"]].add(found["instance"])


def _add_skipped(truth: Truth, unit: dict[str, Any]) -> None:
    for file, ranges in unit["skipped"].items():
        known = truth.skipped.get(file)
        if known is None or known:  # else each line was compiled by some unit
            lines = {line for start, end in ranges for line in range(start, end + 1)}
            truth.skipped[file] = lines if known is None else known & lines


def _add_call(truth: Truth, row: dict[str, Any]) -> None:
    key = (row["caller"], row["file"], row["callee"])
    if row["use"] == "call":
        _add(truth.pairs["calls"], key, row, row["callee_files"])
    else:
        truth.optional["calls"].add(key)
    if row["use"] == "address":
        _add(truth.pairs["addresses"], key, row, row["callee_files"])


def _add_global(truth: Truth, row: dict[str, Any]) -> None:
    key = (row["caller"], row["file"], row["global"])
    for relation in USES.get(row["use"], ()):
        if row["use"] == "decay":
            truth.optional[relation].add(key)
        else:
            _add(truth.pairs[relation], key, row, row["global_files"])
    if row["use"] == "unevaluated":
        truth.optional["reads"].add(key)


def _add_field(truth: Truth, row: dict[str, Any]) -> None:
    if not row["struct"]:
        return
    key = (row["caller"], row["file"], f"{row['struct']}.{row['field']}")
    if row["use"] == "unevaluated":
        truth.optional["fields"].add(key)
        return
    files = [row["struct_file"]] if row["struct_file"] else []
    _add(truth.pairs["fields"], key, row, files)
    if row["use"] in ("write", "update"):
        _add(truth.pairs["field writes"], key, row, files)


def _add(pairs: dict[Key, Expected], key: Key, row: dict[str, Any], files: list[str]) -> None:
    expected = pairs.setdefault(key, Expected())
    expected.files.update(files)
    expected.direct |= row["class"] == "direct"
    expected.inside |= bool(files)
    if row["line"]:
        expected.lines.add(row["line"])
