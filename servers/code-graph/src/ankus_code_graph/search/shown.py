"""The answers of `search_code`."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ankus_code_graph.prose import counted
from ankus_code_graph.search.meaning import CANDIDATES, Ranking
from ankus_code_graph.search.request import Search
from ankus_code_graph.search.scan import MOST_LINES, SECONDS, Line, Scan
from ankus_code_graph.search.symbols import Symbol
from ankus_code_graph.store.registry import GraphInfo
from ankus_shared.answers import Answer
from ankus_shared.untrusted import frame

PATHS = "Give path as a directory, a file, or a pattern such as src/*.h, relative to the graph's root."
_FEW = 5
"""Names that a note lists."""


@dataclass(frozen=True)
class FoundLine:
    """A line and the symbol that it stands in."""

    line: Line
    symbol: Symbol | None


@dataclass(frozen=True)
class FoundSymbol:
    """A symbol that a question means, the first sentence of its comment, and its rank in each arm."""

    symbol: Symbol
    sentence: str
    ranks: dict[str, int]


def show_lines(graph: GraphInfo, search: Search, lines: list[FoundLine], found: Scan, files: int) -> Answer:
    """Lines as `file:line: text`, under the symbols that they stand in."""
    total = len(found.lines)
    count = f"more than {MOST_LINES:,}" if found.full else f"{total:,}"
    files_with = counted(len({line.path for line in found.lines}), "file")
    head = (
        f"Matching lines: {count}, in {files_with} ({search.mode}; {found.searched:,} of {files:,} searched)."
    )
    parts = [head, *search.notes, *_cut(found)]
    if lines:
        parts.append(frame("\n".join(_grouped(lines)), f"source of graph {graph.name}"))
    parts += _more(search, len(lines), total)
    return Answer("\n".join(parts), _structured(graph, search, len(lines), total, found.full or found.late))


def show_symbols(graph: GraphInfo, search: Search, found: list[FoundSymbol], ranking: Ranking) -> Answer:
    """Symbols as `kind name file:line (ranks)`, each with the first sentence of its comment."""
    total, full = len(ranking.ids), len(ranking.ids) >= CANDIDATES
    arms = " and ".join(ranking.arms)
    head = f"{'The best ' if full else ''}{total:,} symbols match by meaning ({arms})."
    parts = [head, *search.notes, *ranking.notes]
    if not total:
        parts.append("Try other words, a part of a name, or mode=text.")
    if found:
        lines = [
            line for number, each in enumerate(found, search.offset + 1) for line in _symbol(number, each)
        ]
        parts.append(frame("\n".join(lines), f"names and comments of graph {graph.name}"))
    parts += _more(search, len(found), total)
    return Answer("\n".join(parts), _structured(graph, search, len(found), total, full))


def _grouped(lines: list[FoundLine]) -> list[str]:
    """Lines in order, with a heading wherever the symbol around them changes."""
    shown = list[str]()
    for symbol, group in groupby(lines, key=lambda found: found.symbol):
        heading = f"in {symbol.kind} {symbol.name} ({symbol.place}-{symbol.end})" if symbol else "outside"
        shown.append(heading)
        shown += [f"  {found.line.path}:{found.line.number}: {found.line.text.strip()}" for found in group]
    return shown


def _symbol(number: int, found: FoundSymbol) -> list[str]:
    ranks = ", ".join(f"{arm} {place}" for arm, place in found.ranks.items())
    symbol = found.symbol
    line = f"{number}. {symbol.kind} {symbol.name} {symbol.place} ({ranks})"
    return [line, f"   {found.sentence}"] if found.sentence else [line]


def _cut(found: Scan) -> list[str]:
    """What was not searched, or is not what was indexed."""
    notes = []
    if found.late:
        notes.append(f"Cut after {SECONDS:.0f} seconds: give path, or a simpler query.")
    if found.full:
        notes.append(f"Cut at {MOST_LINES:,} lines: give path or kind, or a longer query.")
    if found.unread:
        notes.append(f"Could not be read: {_names(found.unread)}. Index the tree again.")
    if found.changed:
        notes.append(
            f"Changed since it was indexed, so that symbols may be shifted: {_names(sorted(found.changed))}."
        )
    return notes


def _names(names: list[str]) -> str:
    rest = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    printable = ("".join(char if char.isprintable() else "?" for char in name) for name in names[:_FEW])
    return ", ".join(printable) + rest


def _more(search: Search, shown: int, total: int) -> list[str]:
    end = search.offset + shown
    if end < total and shown:
        return [f"Shown: {search.offset + 1} to {end} of {total:,}. More with offset={end}."]
    if total and not shown:
        return [f"There is nothing from offset {search.offset} on; the last is {total - 1}."]
    return []


def _structured(graph: GraphInfo, search: Search, shown: int, total: int, cut: bool) -> dict[str, Any]:
    end = search.offset + shown
    more = {"next_offset": end} if shown and end < total else {}
    return {"graph": graph.name, "mode": search.mode, "total": total, "shown": shown, "cut": cut, **more}
