"""The facts of one translation unit, as libclang sees them after preprocessing."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clang import cindex

from benchmarks.code_graph.compilation import Unit
from benchmarks.code_graph.cursors import (
    Place,
    Places,
    Texts,
    children,
    is_variable_definition,
    skipped_ranges,
)
from benchmarks.code_graph.uses import Body, Row

KIND = cindex.CursorKind
OPTIONS = cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD


class Unreadable(Exception):
    """Raised where libclang cannot make a tree of a unit; the message is its first error."""


@dataclass(slots=True)
class UnitFacts:
    """What one unit is made of; paths are relative to the source tree, which all of them lie below."""

    file: str
    target: str
    frontend: bool
    functions: list[dict[str, Any]] = field(default_factory=list)
    variables: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    globals: list[dict[str, Any]] = field(default_factory=list)
    fields: list[dict[str, Any]] = field(default_factory=list)
    includes: list[list[str]] = field(default_factory=list)
    skipped: dict[str, list[list[int]]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


class Visitor:
    """Reads units below one source tree; a header's function is read once, a template's in every unit."""

    def __init__(self, source: Path) -> None:
        self._source = os.path.realpath(source)
        self._texts = Texts()
        self._index = cindex.Index.create()
        self._seen: set[tuple[str, int, str, bool]] = set()

    def read(self, unit: Unit) -> UnitFacts:
        """The facts of a unit.

        Raises:
            Unreadable: Where libclang gives no tree, or one cut off by a fatal error.
        """
        tree = self._parse(unit)
        facts = UnitFacts(self.relative(unit.file) or unit.file, unit.target, unit.frontend)
        facts.errors = [str(said) for said in tree.diagnostics if said.severity >= cindex.Diagnostic.Error]
        places = Places(unit.directory)
        for cursor in children(tree.cursor):
            kind = cursor.kind
            if kind == KIND.FUNCTION_DECL and cursor.is_definition():
                self._function(cursor, facts, places)
            elif is_variable_definition(cursor):
                self._variable(cursor, facts, places)
            elif kind == KIND.INCLUSION_DIRECTIVE:
                self._include(cursor, facts, places)
        self._skipped(tree, facts, places)
        return facts

    def relative(self, path: str) -> str:
        """A path below the source tree; "" for any other."""
        return path[len(self._source) + 1 :] if path.startswith(self._source + "/") else ""

    def _parse(self, unit: Unit) -> Any:
        try:
            with contextlib.chdir(unit.directory):
                tree = self._index.parse(unit.file, args=list(unit.flags), options=OPTIONS)
        except cindex.TranslationUnitLoadError as error:
            raise Unreadable(str(error)) from error
        fatal = [said for said in tree.diagnostics if said.severity == cindex.Diagnostic.Fatal]
        if fatal:
            raise Unreadable(str(fatal[0]))
        return tree

    def _function(self, cursor: Any, facts: UnitFacts, places: Places) -> None:
        place = places.of(cursor.location)
        file, name = self.relative(place.path), str(cursor.spelling)
        if not file:
            return
        origin = self._origin(name, place, facts)
        key = (file, place.line, name, facts.frontend)
        if file != facts.file and origin != "template" and key in self._seen:
            return
        self._seen.add(key)
        facts.functions.append(self._described(cursor, place, file, origin, facts, places))
        found = Body(name, file, self._texts, places, self.relative).read(cursor)
        facts.calls += _once(found.calls)
        facts.globals += _once(found.globals)
        facts.fields += _once(found.fields)

    def _described(
        self, cursor: Any, place: Place, file: str, origin: str, facts: UnitFacts, places: Places
    ) -> dict[str, Any]:
        described = {
            "name": str(cursor.spelling),
            "file": file,
            "line": place.line,
            "start": places.of(cursor.extent.start).line,
            "end": places.of(cursor.extent.end).line,
            "static": cursor.linkage == cindex.LinkageKind.INTERNAL,
            "origin": origin,
        }
        return described | ({"instance": facts.file} if origin == "template" else {})

    def _origin(self, name: str, place: Place, facts: UnitFacts) -> str:
        if self._texts.word(place) == name:
            return "source"
        return "macro" if self.relative(place.path) == facts.file else "template"

    def _variable(self, cursor: Any, facts: UnitFacts, places: Places) -> None:
        place = places.of(cursor.location)
        if file := self.relative(place.path):
            static = cursor.linkage == cindex.LinkageKind.INTERNAL
            found = {"name": str(cursor.spelling), "file": file, "line": place.line, "static": static}
            facts.variables.append(found)

    def _include(self, cursor: Any, facts: UnitFacts, places: Places) -> None:
        file = self.relative(places.of(cursor.location).path)
        included = cursor.get_included_file()
        to = self.relative(os.path.realpath(included.name)) if file and included is not None else ""
        if to and [file, to] not in facts.includes:
            facts.includes.append([file, to])

    def _skipped(self, tree: Any, facts: UnitFacts, places: Places) -> None:
        """Lines between the #if and the #endif or #else of every group that was left out."""
        for there in {facts.file, *(to for _, to in facts.includes)}:
            facts.skipped[there] = []
        for skipped in skipped_ranges(tree):
            start, end = places.of(skipped.start), places.of(skipped.end)
            if file := self.relative(start.path):
                facts.skipped.setdefault(file, []).append([start.line + 1, end.line - 1])


def _once(rows: list[Row]) -> Iterator[dict[str, Any]]:
    """Each row once, in order."""
    return map(dict, dict.fromkeys(rows))
