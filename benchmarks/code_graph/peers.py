"""Other programs that answer 'who calls X' over a C tree: what they cost, and which calls they know.

cscope            builds its cross-reference, then `cscope -L3 name` (who calls) by its line protocol
universal-ctags   tags with references have no caller: it is measured for cost alone
codegraph         @colbymchenry/codegraph from npm: its edges are read from its own SQLite file
"""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.code_graph.expected import Truth
from benchmarks.code_graph.parse import c_files
from benchmarks.code_graph.spent import Spent, run_measured

CODEGRAPH = "@colbymchenry/codegraph@1.6.1"
OFFLINE = {"DO_NOT_TRACK": "1", "CODEGRAPH_TELEMETRY": "0"}
Call = tuple[str, str, str]
"""Caller, its file, callee."""


class Absent(Exception):
    """Raised with the reason why a peer cannot be had on this machine."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a peer cost to index the tree, and the calls that it tells; None where it tells no callers."""

    name: str
    spent: Spent
    calls: set[Call] | None = field(repr=False)


def recall_of(calls: set[Call], truth: Truth) -> tuple[float, int]:
    """The share of the truth's calls that a peer knows, by names and the caller's file, and their number.

    The peer need not say which definition it means: it is judged more kindly than the graph.
    """
    wanted = {key for key, expected in truth.pairs["calls"].items() if expected.inside}
    return len(wanted & calls) / len(wanted), len(wanted)


def ctags(root: Path, work: Path) -> Outcome:
    """universal-ctags over the tree.

    Raises:
        Absent: Where it is not installed.
    """
    _needed("ctags-universal")
    command = ["ctags-universal", "-R", "--languages=C", "--fields=+ne", "--kinds-C=+px"]
    return Outcome("universal-ctags", run_measured([*command, "-f", work / "tags", root]), None)


def cscope(root: Path, work: Path, truth: Truth | None) -> Outcome:
    """cscope over the tree, and its answer for each callee of the truth, if there is one.

    Raises:
        Absent: Where it is not installed.
    """
    _needed("cscope")
    files = work / "cscope.files"
    files.write_text("".join(f'"{path}"\n' for path in c_files(root)))
    reference = work / "cscope.out"
    spent = run_measured(["cscope", "-b", "-q", "-k", "-i", files, "-f", reference], work)
    if truth is None:
        return Outcome("cscope", spent, None)
    callees = {key[2] for key, expected in truth.pairs["calls"].items() if expected.inside}
    return Outcome("cscope", spent, set(_asked(sorted(callees), root, work)))


def codegraph(root: Path, work: Path) -> Outcome:
    """codegraph over a copy of the tree, for it keeps its files there.

    Raises:
        Absent: Where npm is not there or cannot install it.
    """
    _needed("npm")
    install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(work), CODEGRAPH]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode:
        raise Absent(f"npm cannot install it: {(done.stderr.strip().splitlines() or ['nothing said'])[-1]}")
    copy = work / "tree"
    shutil.copytree(root, copy, symlinks=True)
    home = work / "home"
    home.mkdir()
    program = work / "node_modules/.bin/codegraph"
    spent = run_measured([program, "init", "--yes", copy], work, {**OFFLINE, "HOME": str(home)})
    [database] = (copy / ".codegraph").glob("*.db")
    return Outcome("codegraph", spent, set(read_codegraph(database)))


def read_codegraph(database: Path) -> Iterable[Call]:
    """The calls of codegraph's database."""
    query = """
        SELECT caller.name, caller.file_path, callee.name
          FROM edges JOIN nodes AS caller ON caller.id = edges.source
          JOIN nodes AS callee ON callee.id = edges.target
         WHERE edges.kind = 'calls'"""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        yield from connection.execute(query)


def _asked(callees: list[str], root: Path, work: Path) -> Iterable[Call]:
    """Callers of each name by cscope's line protocol: file, function, line, text."""
    command = ["cscope", "-d", "-l", "-f", str(work / "cscope.out")]
    with subprocess.Popen(
        command, cwd=work, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for callee in callees:
            process.stdin.write(f"3{callee}\n")
            process.stdin.flush()
            head = process.stdout.readline()
            for _ in range(_count(head)):
                file, caller, _ = process.stdout.readline().split(" ", 2)
                yield caller, str(Path(file).relative_to(root)), callee
        process.stdin.close()


def _count(head: str) -> int:
    """Of ">> cscope: 12 lines"."""
    words = head.split()
    return int(words[-2]) if len(words) > 2 and words[-1] == "lines" else 0


def _needed(program: str) -> None:
    if shutil.which(program) is None:
        raise Absent(f"{program} is not installed")
