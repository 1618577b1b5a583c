"""find_callers and find_callees: who leads to a symbol, and where it leads, with the evidence."""

from dataclasses import dataclass
from itertools import pairwise

from ankus_code_graph.prose import counted
from ankus_code_graph.query.entry import CALLABLE, Entry, entry_of, entry_steps, reach_from
from ankus_code_graph.query.evidence import Step, steps
from ankus_code_graph.query.reach import Direction, Over, Reached
from ankus_code_graph.query.symbol import Symbol, read_symbol, symbols_of
from ankus_code_graph.query.symbols import Resolved, resolve
from ankus_code_graph.query.text import joined, pages, plain, title
from ankus_code_graph.query.unresolved import unresolved
from ankus_code_graph.query.view import View, array
from ankus_shared.answers import Answer

STEPS_SHOWN = 2


@dataclass(frozen=True)
class Call:
    """A function of a level, and how it is tied to the level before."""

    symbol: Symbol
    depth: int
    steps: list[Step]


@dataclass(frozen=True)
class Question:
    """What find_callers and find_callees are asked."""

    symbol: str
    direction: Direction
    depth: int
    over: Over
    limit: int
    offset: int


async def find_calls(view: View, question: Question) -> Answer:
    """Functions within some steps of a symbol, by depth.

    Raises:
        UnknownSymbol: If there is no such symbol.
        AmbiguousSymbol: If there are several.
    """
    resolved = await resolve(view, question.symbol, CALLABLE)
    entry = await entry_of(view, resolved.symbol, question.direction)
    reached = await reach_from(view, entry, question.direction, question.depth, question.over)
    calls = await _page(view, question, entry, reached)
    names = await symbols_of(view, {_near(step, question.direction) for call in calls for step in call.steps})
    remainder = await unresolved(view, resolved.symbol, question.direction, reached)
    return _answer(question, resolved, reached, calls, names, remainder)


async def _page(view: View, question: Question, entry: Entry, reached: Reached) -> list[Call]:
    """The functions of the page, which may reach over several levels, with their evidence."""
    calls: list[Call] = []
    skip, left = question.offset, question.limit
    for depth, (before, level) in enumerate(pairwise(reached.levels), 1):
        if skip < len(level) and left:
            shown = await _level_page(view, level, left, skip)
            found = await _evidence(view, question, entry, depth, before, [symbol.id for symbol in shown])
            calls += [Call(symbol, depth, found.get(symbol.id, [])) for symbol in shown]
            left -= len(shown)
        skip = max(0, skip - len(level))
    return calls


async def _level_page(view: View, level: list[int], limit: int, offset: int) -> list[Symbol]:
    rows = await view.rows("level_page", ids=array(level), limit=limit, offset=offset)
    return [read_symbol(*row) for row in rows]


async def _evidence(
    view: View, question: Question, entry: Entry, depth: int, before: list[int], shown: list[int]
) -> dict[int, list[Step]]:
    """Of each function that is shown, its edges to the level before."""
    callers = question.direction == "callers"
    if depth == 1 and entry.edge:
        found = await entry_steps(view, entry, question.direction, frozenset(shown))
    else:
        starts, ends = (shown, before) if callers else (before, shown)
        by = "start" if callers else "end"
        found = await steps(view, starts, ends, by=by, pointers=question.over.pointers)
    by_function: dict[int, list[Step]] = {}
    for step in found:
        by_function.setdefault(step.start if callers else step.end, []).append(step)
    return by_function


def _near(step: Step, direction: Direction) -> int:
    return step.end if direction == "callers" else step.start


def _answer(
    question: Question,
    resolved: Resolved,
    reached: Reached,
    calls: list[Call],
    names: dict[int, Symbol],
    remainder: str,
) -> Answer:
    total = len(reached.found)
    sizes = [len(level) for level in reached.levels[1:]]
    unused = not total and resolved.symbol.label in ("Field", "GlobalVar")
    text = joined(
        f"{title(resolved.symbol)}: {_summary(question, total, sizes, reached.complete)}",
        resolved.note(),
        *_lines(question, resolved.symbol, calls, names),
        pages(question.offset, len(calls), total) if total else "",
        remainder,
        "No call through it is known; find_references lists who reads and writes it." if unused else "",
    )
    structured = {
        "symbol": f"{resolved.symbol.file}:{resolved.symbol.line}",
        "total": total,
        "by_depth": sizes,
        "offset": question.offset,
        "shown": len(calls),
    }
    return Answer(text, structured)


def _summary(question: Question, total: int, sizes: list[int], complete: bool) -> str:
    noun = question.direction[:-1]
    pointers = "" if question.over.pointers else ", calls through pointers left out"
    if not total:
        return f"no known {noun}{pointers}"
    by_depth = ", ".join(f"{size:,} at depth {depth}" for depth, size in enumerate(sizes, 1))
    end = "no more beyond" if complete else "what lies deeper is not counted"
    return f"{counted(total, noun)} ({by_depth}; {end}{pointers})"


def _lines(question: Question, root: Symbol, calls: list[Call], names: dict[int, Symbol]) -> list[str]:
    lines: list[str] = []
    depth = 0
    for call in calls:
        if call.depth != depth:
            depth = call.depth
            lines.append(f"depth {depth}")
        lines.append(_line(question, root, call, names))
    return lines


def _line(question: Question, root: Symbol, call: Call, names: dict[int, Symbol]) -> str:
    """`heap_insert  heapam.c:20,31  macro ereport > errfinish 0.9  -> errfinish`."""
    shown = "; ".join(_step(question, root, step, names) for step in call.steps[:STEPS_SHOWN])
    rest = len(call.steps) - STEPS_SHOWN
    more = f"; +{rest}" if rest > 0 else ""
    defined = f" ({plain(call.symbol.place)})" if question.direction == "callees" else ""
    return f"{plain(call.symbol.name)}{defined}  {shown}{more}"


def _step(question: Question, root: Symbol, step: Step, names: dict[int, Symbol]) -> str:
    near = _near(step, question.direction)
    arrow = "->" if question.direction == "callers" else "<-"
    tie = "" if near == root.id else f"  {arrow} {plain(names[near].name)}"
    return f"{step.place}  {step.how()}{tie}"
