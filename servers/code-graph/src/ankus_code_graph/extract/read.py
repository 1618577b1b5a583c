"""One file from its bytes to its facts: directives out, every view parsed, conditions put where they hold."""

from collections.abc import Iterable

from ankus_code_graph.extract.facts import Facts, Include, TopCall, no_facts
from ankus_code_graph.extract.grammar import parser
from ankus_code_graph.extract.macros import read_macro
from ankus_code_graph.extract.text import (
    Source,
    read_source,
    with_semicolons,
    with_structs,
    without_calls,
    without_noise,
)
from ankus_code_graph.extract.tree import Reader, clean_comment, split_arguments

_parser = parser()


def extract(data: bytes, noise: frozenset[bytes] = frozenset()) -> Facts:
    """The facts of a file.

    Args:
        data: Its bytes; what is no UTF-8 is replaced.
        noise: Names of the macros of the tree that stand for attributes only (`index.noise`).
    """
    source = read_source(data)
    lines = _lines_of(data, source)
    found = no_facts(data.count(b"\n") + 1)
    found.undefined = source.undefined
    found.conditions = _conditions(source, lines)
    _read_views(source, data, noise, found)
    _read_directives(source, data, lines, found)
    _set_conditions(found)
    return found


def _lines_of(data: bytes, source: Source) -> dict[int, int]:
    """The line of each place that a directive begins or ends at."""
    places = {place for _, _, place in source.includes}
    places.update(place for define in source.defines for place in (define.start, define.end))
    places.update(place for branch in source.branches for place in (branch.start, branch.end))
    lines: dict[int, int] = {}
    line, before = 1, 0
    for place in sorted(places):
        line += data.count(b"\n", before, place)
        lines[place], before = line, place
    return lines


def _read_views(source: Source, data: bytes, noise: frozenset[bytes], found: Facts) -> None:
    for number, (view, shown) in enumerate(source.views()):
        text, calls = without_calls(with_semicolons(with_structs(without_noise(view, noise))))
        if not number:
            for name, arguments, place in calls:
                line = text.count(b"\n", 0, place) + 1
                found.calls.append(TopCall(name, split_arguments(arguments), line, ""))
        reader = Reader(text, found, shown if number else None, raw=data)
        try:
            reader.read(_parser.parse(text).root_node)
        except RecursionError:
            found.problems.append("1: nested too deeply to be read")


def _read_directives(source: Source, data: bytes, lines: dict[int, int], found: Facts) -> None:
    for target, angled, place in source.includes:
        line = lines[place]
        found.includes.append(Include(target, angled, line, condition_at(found, line)))
    for define in source.defines:
        line, end = lines[define.start], lines[define.end]
        comment = _comment_above(data, define.start)
        found.macros.append(read_macro(define, line, end, condition_at(found, line), comment))


def _comment_above(data: bytes, place: int) -> str:
    """The comment on the lines right above a directive."""
    before = data[max(0, place - 4000) : place].rstrip()
    if not before.endswith(b"*/"):
        return ""
    start = before.rfind(b"/*")
    return "" if start < 0 else clean_comment(before[start:].decode("utf-8", "replace"))


def _conditions(source: Source, lines: dict[int, int]) -> list[tuple[int, int, str]]:
    return [(lines[branch.start], lines[branch.end], branch.condition) for branch in source.branches]


def condition_at(facts: Facts, line: int) -> str:
    """The condition that a line stands under, the outer ones first; "" for none."""
    return " && ".join(text for first, last, text in facts.conditions if first < line < last)


def _set_conditions(found: Facts) -> None:
    if not found.conditions:
        return
    groups: tuple[Iterable[object], ...] = (
        found.functions,
        found.structs,
        found.enums,
        found.globals,
        found.calls,
    )
    for group in groups:
        for one in group:
            one.condition = condition_at(found, one.line)  # type: ignore[attr-defined]
