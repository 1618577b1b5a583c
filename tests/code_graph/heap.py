"""A small storage engine as a graph, with its text: each hard case that the questions meet stands once."""

from pathlib import Path

from tests.code_graph.drawn import Drawing

HEAP_C = """\
#include <stdio.h>
#include "heap.h"
static int counter;

int
heap_insert(Heap *heap)
{
	palloc(10);
	ereport(ERROR);
	counter++;
	return 0;
}

static int
helper(void)
{
	return counter;
}

int
heap_scan(void)
{
	return heap_insert(0) + helper();
}
"""
HEAP_H = """\
#include "types.h"
typedef struct Heap
{
	int	count;
	int	(*insert) (struct Heap *);
} Heap;
#define ereport(level) errstart(level)
#define errstart(level) errfinish()
"""
ROUTINE_C = """\
#include "heap.h"
Heap routine = {
	.insert = heap_insert,
};
int dispatch(Heap *h) { return h->insert(h); }
int run(void) { return dispatch(&routine); }
"""


def write_tree(root: Path) -> None:
    """The text of the files."""
    for path, text in {
        "src/heap.c": HEAP_C,
        "src/include/heap.h": HEAP_H,
        "src/include/types.h": "typedef int Level;\n",
        "src/routine.c": ROUTINE_C,
        "src/mcxt.c": "int palloc(int n)\n{\n\treturn n;\n}\n",
        "src/test/regress/regress.c": "int test_heap(void)\n{\n\treturn run();\n}\n",
    }.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def draw() -> Drawing:
    """The graph of it."""
    d = Drawing()
    heap_c, heap_h, types_h, routine_c, *_ = (
        d.file(path)
        for path in (
            "src/heap.c",
            "src/include/heap.h",
            "src/include/types.h",
            "src/routine.c",
            "src/mcxt.c",
            "src/test/regress/regress.c",
        )
    )
    d.tie("INCLUDES", heap_c, heap_h, 2, rule="include")
    d.tie("INCLUDES", routine_c, heap_h, 1, rule="include")
    d.tie("INCLUDES", heap_h, types_h, 1, rule="include")
    insert = d.function("heap_insert", "src/heap.c", 6, 12)
    helper = d.function("helper", "src/heap.c", 15, 18, static=True)
    other_helper = d.function("helper", "src/mcxt.c", 9, static=True)
    scan = d.function("heap_scan", "src/heap.c", 21, 24)
    palloc = d.function("palloc", "src/mcxt.c", 1, 4, external=["malloc", "memset"])
    finish = d.function("errfinish", "src/mcxt.c", 6, indirect=["7: hook(1)"])
    dispatch = d.function("dispatch", "src/routine.c", 5)
    run = d.function("run", "src/routine.c", 6)
    test = d.function("test_heap", "src/test/regress/regress.c", 1, 4)
    heap = d.add("Struct", "Heap", "src/include/heap.h", 2, 6, typedefs=["Heap", "HeapType"])
    count = d.add("Field", "count", "src/include/heap.h", 4, struct="Heap")
    slot = d.add("Field", "insert", "src/include/heap.h", 5, struct="Heap", type="int (*)(struct Heap *)")
    ereport = d.add("Macro", "ereport", "src/include/heap.h", 7, params="level", body="errstart(level)")
    errstart = d.add("Macro", "errstart", "src/include/heap.h", 8, params="level", body="errfinish()")
    counter = d.add("GlobalVar", "counter", "src/heap.c", 3, static=True, type="static int")
    d.add("Enum", "Color", "src/include/types.h", 3, values=["RED", "GREEN"])
    in_sql = d.add("SqlFunction", "heap_size", "src/pg_proc.dat", 12, source="heap_scan")
    d.tie("CONTAINS", heap, count, 4)
    d.tie("CONTAINS", heap, slot, 5)
    d.calls(insert, palloc, 8)
    d.calls(insert, finish, 9, rule="macro", via=["ereport", "errstart"], confidence=0.95)
    d.calls(scan, insert, 23)
    d.calls(scan, helper, 23)
    d.calls(dispatch, palloc, 5, rule="name", confidence=0.5)
    d.calls(run, dispatch, 6)
    d.calls(test, run, 3)
    d.calls(other_helper, palloc, 9, condition="defined(WIN32)")
    d.tie("POINTS", slot, insert, 3, rule="table", file="src/routine.c")
    d.tie("DISPATCHES", dispatch, slot, 5, rule="pointer", confidence=0.9)
    d.tie("EXPANDS", insert, ereport, 9)
    d.tie("MACRO_CALLS", ereport, errstart, 7)
    d.tie("MACRO_CALLS", errstart, finish, 8)
    d.tie("WRITES", insert, counter, 10)
    d.tie("READS", insert, counter, 10)
    d.tie("READS", helper, counter, 17)
    d.tie("READS", scan, count, 23)
    d.tie("USES_TYPE", insert, heap, 6)
    d.tie("ADDRESSES", run, test, 6)
    d.tie("IMPLEMENTS", scan, in_sql, 12, rule="catalog")
    return d
