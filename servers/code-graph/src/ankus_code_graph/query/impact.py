"""assess_impact: what a change reaches, summed up first, then what lies nearest."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ankus_code_graph.prose import counted
from ankus_code_graph.query.includes import including_files
from ankus_code_graph.query.reach import SURE, Over, Reached, reach
from ankus_code_graph.query.symbol import Symbol, read_symbol
from ankus_code_graph.query.symbols import resolve
from ankus_code_graph.query.text import few, joined, plain, title
from ankus_code_graph.query.touch import TOUCHING, touched_by
from ankus_code_graph.query.unresolved import taken
from ankus_code_graph.query.view import View, array
from ankus_shared.answers import Answer

ASSESSED = ("Function", *TOUCHING)
NEAREST = 20
MODULES_SHOWN = 10
NAMES_SHOWN = 15
TEST_FOLDERS = frozenset({"test", "tests", "regress", "t"})
_DECLARED = ("Macro", "Struct", "Enum", "Field")


@dataclass(frozen=True)
class Impact:
    """What some functions are reached by.

    Args:
        start: Ids of the functions that are changed, or that use what is changed.
        widest: Levels over all edges.
        by_class: Ids that calls of confidence >= SURE reach; those that other calls reach beside them; and
            those that only calls through pointers reach.
    """

    start: list[int]
    widest: Reached
    by_class: tuple[set[int], set[int], set[int]]

    @property
    def functions(self) -> list[int]:
        """All ids, the start's too."""
        return [*self.start, *self.widest.found]


async def assess_impact(view: View, text: str, depth: int) -> Answer:
    """What a change of one function, macro, struct, enum, field or variable reaches.

    Raises:
        UnknownSymbol: If there is no such symbol.
        AmbiguousSymbol: If there are several.
    """
    resolved = await resolve(view, text, ASSESSED)
    symbol = resolved.symbol
    impact = await impact_of(view, await touched_by(view, symbol), depth)
    head = f"A change of {title(symbol)} reaches, within {counted(depth, 'step')} of calls:"
    own = symbol.label == "Function"
    direct = "changed" if own else "use it directly"
    text, structured = await describe(view, impact, direct=direct, whole=not own)
    included = await _recompiled(view, symbol)
    return Answer(joined(head, text, included, resolved.note()), {"depth": depth, **structured})


async def impact_of(view: View, start: Sequence[int], depth: int) -> Impact:
    """Callers of some functions over three sets of edges, each wider than the one before."""
    widest = await reach(view, start, "callers", depth)
    calls = set((await reach(view, start, "callers", depth, Over(pointers=False))).found)
    sure = set((await reach(view, start, "callers", depth, Over(pointers=False, least=SURE))).found)
    return Impact(sorted(start), widest, (sure, calls - sure, set(widest.found) - calls))


async def describe(view: View, impact: Impact, *, direct: str, whole: bool) -> tuple[str, dict[str, object]]:
    """The summary, then the nearest functions.

    Args:
        direct: What the functions of the start are.
        whole: The start is shown too.
    """
    files = await _files(view, impact.functions)
    sql_names = [read_symbol(*row).name for row in await view.rows("sql_names", ids=array(impact.functions))]
    tests = sorted(file for file in files if is_test(file))
    modules = _modules(files)
    text = joined(
        _functions_line(impact, direct),
        f"{counted(len(files), 'file')} in {counted(len(modules), 'module')}: {_shares(modules)}",
        f"{counted(len(sql_names), 'SQL function')}: {few(sql_names, NAMES_SHOWN)}" if sql_names else "",
        f"{counted(len(tests), 'file')} of tests: {few(tests, NAMES_SHOWN)}" if tests else "no test in C",
        await _nearest(view, impact, whole),
        "" if impact.widest.complete else "Callers farther away are not counted; raise depth to see them.",
        await _unknown_callers(view, impact),
    )
    sure, likely, pointers = map(len, impact.by_class)
    return text, {
        "functions": len(impact.functions),
        "directly": len(impact.start),
        "certain": sure,
        "likely": likely,
        "through_pointers": pointers,
        "files": len(files),
        "modules": len(modules),
        "sql_functions": len(sql_names),
        "test_files": len(tests),
    }


def is_test(file: str) -> bool:
    """Whether a file lies below a folder of tests."""
    return not TEST_FOLDERS.isdisjoint(PurePosixPath(file).parts[:-1])


def _functions_line(impact: Impact, direct: str) -> str:
    sure, likely, pointers = map(len, impact.by_class)
    classes = [
        f"{sure:,} by calls of confidence {SURE} and more",
        f"{likely:,} by less certain calls" if likely else "",
        f"{pointers:,} only through pointers" if pointers else "",
    ]
    told = ", ".join(part for part in classes if part)
    return f"{counted(len(impact.functions), 'function')}: {len(impact.start):,} {direct}; {told}"


async def _files(view: View, ids: Sequence[int]) -> dict[str, int]:
    """Files of functions, and how many of them stand in each."""
    return {file: many for file, many in await view.rows("files_of", ids=array(ids))}


def _modules(files: dict[str, int]) -> list[tuple[str, int]]:
    """Folders with the number of functions, the largest first."""
    counts: Counter[str] = Counter()
    for file, many in files.items():
        counts[str(PurePosixPath(file).parent)] += many
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _shares(modules: list[tuple[str, int]]) -> str:
    return few((f"{module} {many:,}" for module, many in modules), MODULES_SHOWN)


async def _nearest(view: View, impact: Impact, whole: bool) -> str:
    """The first functions by distance; of each level by file and line."""
    levels = impact.widest.levels if whole else impact.widest.levels[1:]
    lines: list[str] = []
    for depth, level in enumerate(levels, 1):
        if len(lines) < NEAREST:
            left = NEAREST - len(lines)
            rows = await view.rows("level_page", ids=array(level), limit=left, offset=0)
            found = [read_symbol(*row) for row in rows]
            lines += [f"{depth}  {plain(s.name)}  {plain(s.place)}{_class(impact, s)}" for s in found]
    head = "nearest (steps, function, place; find_callers shows all with evidence):"
    return joined(head, *lines) if lines else ""


def _class(impact: Impact, symbol: Symbol) -> str:
    _, likely, pointers = impact.by_class
    if symbol.id in pointers:
        return "  through pointers"
    return "  less certain" if symbol.id in likely else ""


async def _unknown_callers(view: View, impact: Impact) -> str:
    many = await taken(view, impact.functions)
    return (
        f"Not resolved: {counted(many, 'function')} of these may be called through addresses that are "
        "taken or stored where no known call goes through."
        if many
        else ""
    )


async def _recompiled(view: View, symbol: Symbol) -> str:
    """How many files include the header that declares it."""
    if symbol.label not in _DECLARED:
        return ""
    files = await including_files(view, symbol.file)
    return f"{counted(len(files), 'file')} include {plain(symbol.file)}, directly or not." if files else ""
