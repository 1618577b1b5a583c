"""find_call_path: the shortest ways by which one function leads to another.

Two searches go towards each other, always the one with fewer functions at its edge. When they meet, the
ways are read back from the levels of both; only then are edges and their evidence read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ankus_code_graph.prose import counted
from ankus_code_graph.query.evidence import Step, steps
from ankus_code_graph.query.reach import Over, Wave
from ankus_code_graph.query.symbol import Symbol, symbols_of
from ankus_code_graph.query.symbols import Resolved, resolve
from ankus_code_graph.query.text import joined, plain, title
from ankus_code_graph.query.unresolved import addresses
from ankus_code_graph.query.view import View, array
from ankus_shared.answers import Answer

MOST_STEPS = 30
"""Calls of a path at most; on PostgreSQL's graph no two functions lie farther apart."""
WIDTH = 200
"""Functions of one level that are looked at when ways are read back."""


@dataclass(frozen=True)
class Meeting:
    """Where two searches met, or how far they looked."""

    forward: Wave
    backward: Wave
    meeting: list[int]

    @property
    def looked(self) -> int:
        """How many calls long the paths are that were looked for."""
        return len(self.forward.levels) + len(self.backward.levels) - 2

    @property
    def exhausted(self) -> bool:
        """Whether one side ran out, so that there is no known path of any length."""
        return not self.forward.frontier or not self.backward.frontier


Path = list[Step]


async def find_call_path(view: View, start: str, end: str, max_paths: int, through_pointers: bool) -> Answer:
    """The shortest call paths from one function to another; over pointers only where there is none without.

    Raises:
        UnknownSymbol: If one of them is not there.
        AmbiguousSymbol: If a name means several.
    """
    source = await resolve(view, start, ("Function",))
    target = await resolve(view, end, ("Function",))
    met = await meet(view, source.symbol.id, target.symbol.id, Over(pointers=False))
    pointers = not met.meeting and through_pointers
    if pointers:
        met = await meet(view, source.symbol.id, target.symbol.id, Over(pointers=True))
    if not met.meeting:
        return await _none(view, source, target, met, through_pointers)
    found = await read_back(view, met, max_paths, pointers)
    ids = {step.end for path in found for step in path}
    names = await symbols_of(view, ids | {source.symbol.id})
    return _answer(source, target, found, names, pointers)


async def meet(view: View, start: int, end: int, over: Over) -> Meeting:
    """Search from both ends until they meet, one has nothing left, or the paths become too long.

    A function reaches itself by a cycle only: from it to a caller of it.
    """
    forward, backward = Wave(view, [start], "callees", over), Wave(view, [end], "callers", over)
    met = Meeting(forward, backward, [])
    while not met.exhausted and met.looked < MOST_STEPS:
        ahead = len(forward.frontier) <= len(backward.frontier)
        wave, other = (forward, backward) if ahead else (backward, forward)
        if start == end and len(wave.levels) == 1:
            wave.seen.clear()
        level = await wave.step()
        meeting = sorted(set(level) & set(other.frontier))
        if meeting:
            return Meeting(forward, backward, meeting)
    return met


async def read_back(view: View, met: Meeting, max_paths: int, pointers: bool) -> list[Path]:
    """Up to `max_paths` of the paths through where two searches met, the surest edges first."""
    middle = met.meeting[:WIDTH]
    before: list[dict[int, list[Step]]] = []
    ends = middle
    for level in reversed(met.forward.levels[:-1]):
        found = await steps(view, level, ends, by="end", pointers=pointers)
        before.append(_grouped(found, by_end=True))
        ends = sorted({step.start for step in found})[:WIDTH]
    after: list[dict[int, list[Step]]] = []
    starts = middle
    for level in reversed(met.backward.levels[:-1]):
        found = await steps(view, starts, level, by="start", pointers=pointers)
        after.append(_grouped(found, by_end=False))
        starts = sorted({step.end for step in found})[:WIDTH]
    paths = (
        [*reversed(head), *tail]
        for identity in middle
        for head in _chains(identity, before, by_end=True)
        for tail in _chains(identity, after, by_end=False)
    )
    return [path for path, _ in zip(paths, range(max_paths), strict=False)]


def _grouped(found: list[Step], *, by_end: bool) -> dict[int, list[Step]]:
    """The surest step of each pair, by the function that it is looked up by."""
    best: dict[tuple[int, int], Step] = {}
    for step in found:
        best.setdefault((step.start, step.end), step)
    grouped: dict[int, list[Step]] = {}
    for step in best.values():
        grouped.setdefault(step.end if by_end else step.start, []).append(step)
    return grouped


def _chains(identity: int, levels: list[dict[int, list[Step]]], *, by_end: bool) -> Iterator[Path]:
    """Every chain of steps from a function through all levels."""
    if not levels:
        yield []
        return
    first, *rest = levels
    for step in first.get(identity, []):
        for chain in _chains(step.start if by_end else step.end, rest, by_end=by_end):
            yield [step, *chain]


def _answer(
    source: Resolved, target: Resolved, found: list[Path], names: dict[int, Symbol], pointers: bool
) -> Answer:
    length = len(found[0])
    head = (
        f"{title(source.symbol)} reaches {title(target.symbol)} in {counted(length, 'call')}"
        f"{', through pointers (no path without)' if pointers else ''}; {counted(len(found), 'path')} shown"
    )
    parts = [_path(turn, path, names) for turn, path in enumerate(found, 1)]
    text = joined(head, source.note(), target.note(), *parts)
    return Answer(text, {"found": True, "length": length, "paths": len(found), "through_pointers": pointers})


def _path(turn: int, path: Path, names: dict[int, Symbol]) -> str:
    sure = 1.0
    for step in path:
        sure *= step.confidence
    lines = [f"path {turn}{f', confidence {sure:.2g}' if sure < 1 else ''}"]
    for step in path:
        here, there = names[step.start], names[step.end]
        lines.append(f"{plain(here.name)} -> {plain(there.name)}  {step.place}  {step.how()}")
    return "\n".join(lines)


async def _none(
    view: View, source: Resolved, target: Resolved, met: Meeting, through_pointers: bool
) -> Answer:
    """No path: how far was looked, and what could still lead there unseen."""
    ways = "calls and known pointers" if through_pointers else "calls (through_pointers=false)"
    far = "of any length" if met.exhausted else f"of up to {met.looked} calls"
    ids = met.forward.seen
    [(indirect, _)] = await view.rows("unresolved_calls", ids=array(ids))
    text = joined(
        f"No path {far} from {title(source.symbol)} to {title(target.symbol)} over {ways}.",
        f"Looked at {counted(len(ids), 'function')} from the first on "
        f"and at {counted(len(met.backward.seen), 'function')} back from the second.",
        f"Not resolved: {counted(indirect, 'function')} on the first side "
        "with calls through unknown pointers."
        if indirect
        else "",
        await addresses(view, target.symbol),
        source.note(),
        target.note(),
    )
    return Answer(text, {"found": False, "looked": met.looked, "exhausted": met.exhausted})
