"""What the linker knows and a single unit does not: which definition a name of external linkage means."""

import posixpath
from collections import defaultdict
from typing import Any


class Definitions:
    """Files that define a name of external linkage, with the programs that they are linked into."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._places: dict[str, set[tuple[str, str, bool]]] = defaultdict(set)

    def add(self, unit: dict[str, Any]) -> None:
        """Takes note of what a unit defines."""
        for found in unit[self._kind]:
            if not found["static"]:
                self._places[found["name"]].add((found["file"], unit["target"], unit["frontend"]))

    def files(self, name: str, unit: dict[str, Any]) -> list[str]:
        """The files that may define `name` for a unit: of its target, else of its kind of program, else all.

        A shared library's own definition goes before the server's, and the server's before a client's.
        """
        places = self._places.get(name, set())
        choices = (
            {file for file, target, _ in places if target == unit["target"]},
            {file for file, target, _ in places if _near(target, unit)},
            {file for file, _, frontend in places if frontend == unit["frontend"]},
            {file for file, _, _ in places},
        )
        return sorted(next((files for files in choices if files), ()))


def link(unit: dict[str, Any], functions: Definitions, variables: Definitions) -> None:
    """Sets `callee_files` at every call of a unit and `global_files` at every use of a global.

    The list is empty where nothing in the corpus defines the name; `declared` then says which header of the
    tree declares it ("" for a system's).
    """
    for row in unit["calls"]:
        row["callee_files"] = _files(row, row["callee"], functions, unit)
    for row in unit["globals"]:
        row["global_files"] = _files(row, row["global"], variables, unit)


def _files(row: dict[str, Any], name: str, definitions: Definitions, unit: dict[str, Any]) -> list[str]:
    if row.get("defined"):
        return [row["defined"]]
    return [] if row["static"] else definitions.files(name, unit)


def _near(target: str, unit: dict[str, Any]) -> bool:
    """Whether a target is the server, or a library below it or below clients, as the unit is of either."""
    folder = posixpath.dirname(target)
    shared = folder in ("src/common", "src/port", "src/fe_utils", "src/interfaces/libpq")
    server = target.endswith(("_srv.a.p", "postgres_lib.a.p"))
    return (server and not unit["frontend"]) or (shared and unit["frontend"] and not server)
