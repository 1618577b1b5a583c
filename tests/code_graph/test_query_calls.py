"""find_callers, find_callees, find_call_path: what is reached, how it is told, and what is not known."""

import itertools
import random

import pytest

from ankus_code_graph.query import reach as reaching
from ankus_code_graph.query.calls import Question, find_calls
from ankus_code_graph.query.paths import find_call_path, meet, read_back
from ankus_code_graph.query.reach import Direction, Over, reach
from ankus_code_graph.query.view import viewed
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.store.writer import Writer
from ankus_shared.answers import Answer
from tests.code_graph.drawn import Drawing


async def asked(
    graphs: Graphs,
    symbol: str,
    direction: Direction = "callers",
    depth: int = 1,
    pointers: bool = True,
    limit: int = 50,
    offset: int = 0,
) -> Answer:
    async with viewed(graphs, "") as view:
        question = Question(symbol, direction, depth, Over(pointers), limit, offset)
        return await find_calls(view, question)


async def path(
    graphs: Graphs, start: str, end: str, max_paths: int = 3, through_pointers: bool = True
) -> Answer:
    async with viewed(graphs, "") as view:
        return await find_call_path(view, start, end, max_paths, through_pointers)


@pytest.mark.usefixtures("stored")
async def test_each_caller_has_its_place_its_rule_and_its_confidence(graphs: Graphs) -> None:
    answer = await asked(graphs, "palloc")
    assert answer.text.splitlines() == [
        "function palloc src/mcxt.c:1-4: 3 callers (3 at depth 1; what lies deeper is not counted)",
        "depth 1",
        "heap_insert  src/heap.c:8  direct",
        "helper  src/mcxt.c:9  direct [#if defined(WIN32)]",
        "dispatch  src/routine.c:5  name 0.5",
    ]
    assert answer.structured == {
        "symbol": "src/mcxt.c:1",
        "total": 3,
        "by_depth": [3],
        "offset": 0,
        "shown": 3,
    }


@pytest.mark.usefixtures("stored")
async def test_calls_by_macros_name_the_chain_and_those_by_pointers_the_pointer(graphs: Graphs) -> None:
    by_macro = (await asked(graphs, "errfinish")).text
    assert "heap_insert  src/heap.c:9  macro ereport > errstart 0.95" in by_macro
    by_pointer = (await asked(graphs, "heap_insert")).text.splitlines()
    assert by_pointer[2:4] == [
        "heap_scan  src/heap.c:23  direct",
        "dispatch  src/routine.c:5  through pointer Heap.insert (stored at src/routine.c:3) 0.72",
    ]
    assert "Called from SQL too" not in "".join(by_pointer)
    without = await asked(graphs, "heap_insert", pointers=False)
    assert (
        "1 caller (1 at depth 1; what lies deeper is not counted, calls through pointers left out)"
        in without.text
    )


@pytest.mark.usefixtures("stored")
async def test_deeper_callers_say_which_function_they_lead_to(graphs: Graphs) -> None:
    answer = await asked(graphs, "heap_insert", depth=3)
    assert "depth 2\nrun  src/routine.c:6  direct  -> dispatch" in answer.text
    assert "depth 3\ntest_heap  src/test/regress/regress.c:3  direct  -> run" in answer.text
    assert answer.structured["by_depth"] == [2, 1, 1]
    assert "no more beyond" in (await asked(graphs, "heap_insert", depth=10)).text


@pytest.mark.usefixtures("stored")
async def test_what_is_not_resolved_is_said(graphs: Graphs) -> None:
    taken = await asked(graphs, "test_heap")
    assert "no known caller" in taken.text
    assert (
        "its address is taken or stored in run (src/routine.c:6), and may be called from there" in taken.text
    )
    assert "Called from SQL too, as heap_size." in (await asked(graphs, "heap_scan")).text
    finish = await asked(graphs, "errfinish", "callees")
    assert "Not resolved: 1 call through unknown pointers, as line: text:" in finish.text
    assert "7: hook(1)" in finish.text
    assert "Outside of the tree: malloc, memset." in (await asked(graphs, "palloc", "callees")).text
    further = await asked(graphs, "heap_scan", "callees", depth=3)
    assert (
        "Not resolved further down: 1 function with calls through unknown pointers and "
        "1 function with calls out of the tree." in further.text
    )


@pytest.mark.usefixtures("stored")
async def test_callees_go_through_pointers_too(graphs: Graphs) -> None:
    answer = await asked(graphs, "run", "callees", depth=2)
    assert "dispatch (src/routine.c:5)  src/routine.c:6  direct" in answer.text
    pointer = "through pointer Heap.insert (stored at src/routine.c:3) 0.72  <- dispatch"
    assert f"heap_insert (src/heap.c:6)  src/routine.c:5  {pointer}" in answer.text


@pytest.mark.usefixtures("stored")
async def test_a_macro_is_called_by_who_expands_it_itself_or_through_others(graphs: Graphs) -> None:
    assert (await asked(graphs, "errstart", depth=2)).structured["by_depth"] == [1, 2]
    callees = await asked(graphs, "ereport", "callees")
    assert "errfinish (src/mcxt.c:6)  src/include/heap.h:8  direct" in callees.text


@pytest.mark.usefixtures("stored")
async def test_a_pointer_is_called_by_who_calls_through_it(graphs: Graphs) -> None:
    callers = await asked(graphs, "Heap.insert", depth=2)
    assert "dispatch  src/routine.c:5  pointer 0.9" in callers.text
    assert "run  src/routine.c:6  direct  -> dispatch" in callers.text
    assert "heap_insert" in (await asked(graphs, "Heap.insert", "callees")).text


async def test_pages_over_several_levels_join_exactly(graphs: Graphs, writer: Writer) -> None:
    drawing = Drawing()
    root = drawing.function("root", "a.c")
    for first in range(7):
        caller = drawing.function(f"first{first}", f"b{first % 3}.c", first + 1)
        drawing.calls(caller, root, first + 2)
        for second in range(4):
            drawing.calls(drawing.function(f"second{first}_{second}", f"c{second}.c", first + 1), caller, 3)
    drawing.store(writer)

    def rows(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.startswith(("first", "second"))]

    whole = rows((await asked(graphs, "root", depth=2, limit=200)).text)
    assert len(whole) == 35
    for size in (1, 4, 6, 10):
        pages = [
            rows((await asked(graphs, "root", depth=2, limit=size, offset=at)).text)
            for at in range(0, 35, size)
        ]
        assert list(itertools.chain(*pages)) == whole
    assert (
        "31 to 35 of 35 shown; that is the end."
        in (await asked(graphs, "root", depth=2, limit=10, offset=30)).text
    )
    assert "Nothing at offset 99: there are 35." in (await asked(graphs, "root", depth=2, offset=99)).text


@pytest.mark.usefixtures("stored")
async def test_the_shortest_path_is_told_hop_by_hop(graphs: Graphs) -> None:
    answer = await path(graphs, "heap_scan", "errfinish")
    assert answer.text.splitlines() == [
        "function heap_scan src/heap.c:21-24 reaches function errfinish src/mcxt.c:6 in 2 calls; "
        "1 path shown",
        "path 1, confidence 0.95",
        "heap_scan -> heap_insert  src/heap.c:23  direct",
        "heap_insert -> errfinish  src/heap.c:9  macro ereport > errstart 0.95",
    ]


@pytest.mark.usefixtures("stored")
async def test_pointers_lead_where_no_call_does(graphs: Graphs) -> None:
    answer = await path(graphs, "test_heap", "errfinish")
    assert "in 4 calls, through pointers (no path without)" in answer.text
    assert "dispatch -> heap_insert  src/routine.c:5  through pointer Heap.insert" in answer.text
    without = await path(graphs, "test_heap", "errfinish", through_pointers=False)
    assert without.structured["found"] is False


@pytest.mark.usefixtures("stored")
async def test_no_path_says_how_far_was_looked_and_what_is_not_known(graphs: Graphs) -> None:
    answer = await path(graphs, "errfinish", "test_heap")
    assert answer.text.startswith("No path of any length from function errfinish")
    assert "Not resolved: 1 function on the first side with calls through unknown pointers." in answer.text
    assert "its address is taken or stored in run" in answer.text


async def test_a_path_to_itself_is_a_cycle(graphs: Graphs, writer: Writer) -> None:
    drawing = Drawing()
    one, two, alone = (
        drawing.function(name, "a.c", line) for line, name in enumerate(("one", "two", "alone"), 1)
    )
    drawing.calls(one, two)
    drawing.calls(two, one)
    drawing.calls(alone, alone, 7)
    drawing.store(writer)
    assert (await path(graphs, "one", "one")).structured["length"] == 2
    assert (await path(graphs, "alone", "alone")).structured["length"] == 1
    assert (await asked(graphs, "alone")).structured["total"] == 0


Edges = dict[int, set[int]]


def random_drawing(seed: int) -> tuple[Drawing, list[int], Edges, Edges]:
    """A graph with cycles, hubs and pointers; its functions, calls, and calls with those through pointers."""
    chance = random.Random(seed)
    drawing = Drawing()
    functions = [drawing.function(f"f{turn}", f"{turn % 5}.c", turn + 1) for turn in range(24)]
    pointers = [drawing.add("GlobalVar", f"p{turn}", "p.c", turn + 1) for turn in range(4)]
    calls: Edges = {each.id: set() for each in functions}
    for _ in range(30):
        start, end = chance.choice(functions), functions[int(chance.random() ** 2 * len(functions))]
        drawing.calls(start, end)
        calls[start.id].add(end.id)
    wide = {start: set(ends) for start, ends in calls.items()}
    for pointer in pointers:
        stored, dispatching = chance.sample(functions, 3), chance.sample(functions, 2)
        for each in stored:
            drawing.tie("POINTS", pointer, each)
        for each in dispatching:
            drawing.tie("DISPATCHES", each, pointer)
            wide[each.id].update(one.id for one in stored)
    return drawing, [each.id for each in functions], calls, wide


def turned(edges: Edges) -> Edges:
    back: Edges = {start: set() for start in edges}
    for start, ends in edges.items():
        for end in ends:
            back[end].add(start)
    return back


def levels_by_hand(edges: Edges, start: int, depth: int) -> list[list[int]]:
    seen, levels = {start}, [[start]]
    for _ in range(depth):
        level = {end for one in levels[-1] for end in edges[one]} - seen
        if not level:
            break
        seen |= level
        levels.append(sorted(level))
    return levels


def distance_by_hand(edges: Edges, start: int, end: int) -> int:
    """Least number of steps from start to end, at least one; 0 where there is no way."""
    level, steps, seen = edges[start], 1, set[int]()
    while level:
        if end in level:
            return steps
        seen |= level
        level = {far for one in level for far in edges[one]} - seen
        steps += 1
    return 0


@pytest.mark.parametrize("large_level", [0, 4000])
async def test_levels_are_those_of_a_search_by_hand(
    graphs: Graphs, writer: Writer, monkeypatch: pytest.MonkeyPatch, large_level: int
) -> None:
    monkeypatch.setattr(reaching, "LARGE_LEVEL", large_level)
    for seed in range(3):
        drawing, functions, calls, wide = random_drawing(seed)
        drawing.store(writer, name=f"random{seed}")
        async with viewed(graphs, f"random{seed}") as view:
            for start, depth, pointers in itertools.product(functions[::2], (1, 3, 10), (False, True)):
                edges = wide if pointers else calls
                down = await reach(view, [start], "callees", depth, Over(pointers))
                assert down.levels == levels_by_hand(edges, start, depth)
                up = await reach(view, [start], "callers", depth, Over(pointers))
                assert up.levels == levels_by_hand(turned(edges), start, depth)


async def test_paths_are_the_shortest_and_every_hop_is_an_edge(graphs: Graphs, writer: Writer) -> None:
    for seed in range(3):
        drawing, functions, calls, wide = random_drawing(seed)
        drawing.store(writer, name=f"random{seed}")
        async with viewed(graphs, f"random{seed}") as view:
            pairs = itertools.product(functions[::3], functions[::2], (False, True))
            for start, end, pointers in pairs:
                edges = wide if pointers else calls
                met = await meet(view, start, end, Over(pointers))
                found = await read_back(view, met, 3, pointers) if met.meeting else []
                length = distance_by_hand(edges, start, end)
                assert bool(found) == bool(length)
                for each in found:
                    hops = [start, *(step.end for step in each)]
                    assert (len(each), hops[-1]) == (length, end)
                    assert all(far in edges[near] for near, far in itertools.pairwise(hops))
                assert len({tuple(step.end for step in each) for each in found}) == len(found)
