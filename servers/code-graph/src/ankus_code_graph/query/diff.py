"""diff_impact: what a range of revisions changes, and what that reaches."""

from collections.abc import Sequence
from dataclasses import dataclass

from ankus_code_graph.prose import counted
from ankus_code_graph.query import git
from ankus_code_graph.query.impact import describe, impact_of
from ankus_code_graph.query.patch import FileChange, Lines
from ankus_code_graph.query.symbol import Symbol
from ankus_code_graph.query.symbols import in_files
from ankus_code_graph.query.text import few, joined, plain, title
from ankus_code_graph.query.touch import touched_by
from ankus_code_graph.query.view import View
from ankus_shared.answers import Answer

CHANGED_KINDS = ("Function", "Macro", "Struct", "GlobalVar", "Enum", "Field")
SYMBOLS_SHOWN = 25
MOST_TRACED = 400
"""Macros, types and variables whose users are looked up one by one."""


@dataclass(frozen=True)
class Changed:
    """What a range touches.

    Args:
        symbols: Of the graph, at the changed lines.
        outside: Files with changed lines of which no symbol is known there.
        unknown: Files that the graph does not hold.
    """

    symbols: list[Symbol]
    outside: list[str]
    unknown: list[str]


async def diff_impact(view: View, text: str, depth: int) -> Answer:
    """What the changes of "A..B" reach.

    Raises:
        BadSource: If it is no range of revisions of a repository at the graph's root.
    """
    asked = await git.read_range(view.graph.root, text)
    files = await git.changes(view.graph.root, asked)
    before = _indexed(view, asked.old_hash)
    changed = await _changed(view, files, before=before)
    head = joined(
        f"{plain(asked.old)}..{plain(asked.new)} changes {counted(len(files), 'file')}, "
        f"and in them {counted(len(changed.symbols), 'symbol')} of the graph.",
        _of_revision(view, asked, before),
    )
    structured: dict[str, object] = {"files_changed": len(files), "symbols": len(changed.symbols)}
    if changed.symbols:
        start, cut = await _start(view, changed.symbols)
        told, counts = await describe(
            view,
            await impact_of(view, start, depth),
            direct="changed, or using what is changed",
            whole=any(symbol.label != "Function" for symbol in changed.symbols),
        )
        head = joined(
            head, _listed(changed.symbols), cut, f"Reached within {counted(depth, 'step')} of calls:", told
        )
        structured |= counts
    return Answer(joined(head, _rest(changed)), structured)


def _indexed(view: View, revision: str) -> bool:
    known = view.graph.revision.removesuffix("-dirty")
    return len(known) >= 7 and revision.startswith(known)


def _of_revision(view: View, asked: git.Range, before: bool) -> str:
    if _indexed(view, asked.new_hash):
        return ""
    known = view.graph.revision or "no known revision"
    if before:
        newer = plain(asked.new)
        return f"The graph is of {plain(known)}, the older one: symbols that {newer} adds are not in it."
    return (
        f"The graph is of {plain(known)}, not of {plain(asked.new)} ({asked.new_hash[:12]}): "
        "lines may be matched to the wrong symbols. Run index_repository on that revision first."
    )


async def _changed(view: View, files: Sequence[FileChange], *, before: bool) -> Changed:
    """Match lines to symbols, by the text that the graph was made of."""
    by_path = {path: lines for path, lines in (_side(change, before) for change in files) if path}
    found: dict[str, list[Symbol]] = {}
    for symbol in await in_files(view, list(by_path), CHANGED_KINDS):
        found.setdefault(symbol.file, []).append(symbol)
    symbols: list[Symbol] = []
    outside: list[str] = []
    for path, lines in by_path.items():
        hit = [symbol for symbol in found.get(path, []) if _hit(symbol, lines)]
        symbols += _innermost(hit)
        if path in found and any(not _covered(run, hit) for run in lines):
            outside.append(path)
    unknown = [
        change.new_path or change.old_path for change in files if _side(change, before)[0] not in found
    ]
    symbols.sort(key=lambda symbol: (symbol.file, symbol.line, symbol.id))
    return Changed(symbols, outside, unknown)


def _side(change: FileChange, before: bool) -> tuple[str, list[Lines]]:
    return (change.old_path, change.old) if before else (change.new_path, change.new)


def _hit(symbol: Symbol, lines: Sequence[Lines]) -> bool:
    return any(run.touches(symbol.line, symbol.end) for run in lines)


def _covered(run: Lines, symbols: Sequence[Symbol]) -> bool:
    return any(run.touches(symbol.line, symbol.end) for symbol in symbols)


def _innermost(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Without the struct where its field is changed: whoever uses only other fields is not reached."""
    fields = [symbol for symbol in symbols if symbol.label == "Field"]
    return [
        symbol
        for symbol in symbols
        if symbol.label != "Struct"
        or not any(
            field.properties["struct"] == symbol.name and symbol.line <= field.line <= symbol.end
            for field in fields
        )
    ]


async def _start(view: View, symbols: Sequence[Symbol]) -> tuple[list[int], str]:
    """The functions that are changed, or that use what is changed."""
    start = {symbol.id for symbol in symbols if symbol.label == "Function"}
    others = [symbol for symbol in symbols if symbol.label != "Function"]
    for symbol in others[:MOST_TRACED]:
        start.update(await touched_by(view, symbol))
    rest = len(others) - MOST_TRACED
    cut = f"The users of {counted(rest, 'further symbol')} were not looked up." if rest > 0 else ""
    return sorted(start), cut


def _listed(symbols: Sequence[Symbol]) -> str:
    rest = len(symbols) - SYMBOLS_SHOWN
    return joined(
        "changed symbols:",
        *(f"- {title(symbol)}" for symbol in symbols[:SYMBOLS_SHOWN]),
        f"(+{rest} more; a smaller range shows all)" if rest > 0 else "",
    )


def _rest(changed: Changed) -> str:
    return joined(
        f"Not matched: lines outside of every known symbol in {few(changed.outside)}."
        if changed.outside
        else "",
        f"Without symbols in the graph: {few(changed.unknown)}." if changed.unknown else "",
    )
