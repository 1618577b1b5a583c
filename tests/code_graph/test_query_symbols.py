"""find_symbol and the resolver: by name, by file, by line, and what is said of a name that is not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_code_graph.errors import AmbiguousSymbol, UnknownSymbol
from ankus_code_graph.query.find import find_symbol, like
from ankus_code_graph.query.nearest import nearest, pieces
from ankus_code_graph.query.reference import Reference, parse, storable
from ankus_code_graph.query.symbols import NAMED, resolve
from ankus_code_graph.query.view import viewed
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.store.writer import Writer
from tests.code_graph.drawn import Drawing

KINDS_AND_NAMES = [
    ("HeapType", "", "struct Heap src/include/heap.h:2-6  struct typedef HeapType  by its name HeapType"),
    ("GREEN", "", "enum Color src/include/types.h:3  {RED, GREEN}  by its name GREEN"),
    ("Heap.count", "", "field Heap.count src/include/heap.h:4  int"),
    ("counter", "global", "global counter src/heap.c:3  static int"),
    ("heap_size", "", "sql function heap_size src/pg_proc.dat:12  () returns int4, C heap_scan"),
    ("heap.h", "file", "file src/include/heap.h src/include/heap.h  100 lines"),
    ("include/heap.h", "", "file src/include/heap.h src/include/heap.h  100 lines"),
    ("heap.c:helper", "", "function helper src/heap.c:15-18  int helper(void)"),
    ("heap.c:16", "", "function helper src/heap.c:15-18  int helper(void)"),
    ("*_INSERT", "", "function heap_insert src/heap.c:6-12  int heap_insert(void)"),
    ("ereport", "macro", "macro ereport src/include/heap.h:7  #define ereport(level) errstart(level)"),
]
HOSTILE = [
    "';DROP TABLE x--",
    '"',
    "\\",
    '\\"',
    "{}",
    "$$",
    "%",
    "%s",
    "имя",
    "名" * 300,
    "a:b:c",
    "..",
    "a.",
    ":",
    "\u202e",
    '{"name": 1}',
    "x'::agtype",
    "heap.c:99999999999999999999",
    "heap.c:0",
    "heap.c:-1",
    "\0",
    "a\0b",
    "\ud800",
    "   ",
]


async def find(graphs: Graphs, name: str, kind: str = "", limit: int = 20, offset: int = 0) -> str:
    async with viewed(graphs, "") as view:
        return (await find_symbol(view, name, kind, limit, offset)).text


async def resolved(graphs: Graphs, text: str, *labels: str) -> str:
    async with viewed(graphs, "") as view:
        symbol = (await resolve(view, text, labels or NAMED)).symbol
    return f"{symbol.label} {symbol.name} {symbol.place}"


@pytest.mark.usefixtures("stored")
async def test_the_exact_name_stands_before_those_that_begin_with_it_or_contain_it(graphs: Graphs) -> None:
    found = await find(graphs, "heap")
    lines = [line for line in found.splitlines() if line[:1].islower() and ":" in line]
    assert lines[1].startswith("struct Heap src/include/heap.h:2-6")
    assert "1 but for case" in found
    assert found.index("function heap_scan src/heap.c:21-24  int heap_scan(void)") < found.index("test_heap")


@pytest.mark.usefixtures("stored")
async def test_every_kind_is_found_by_every_name_it_goes_by(graphs: Graphs) -> None:
    for name, kind, wanted in KINDS_AND_NAMES:
        assert wanted in (await find(graphs, name, kind)).splitlines()


@pytest.mark.usefixtures("stored")
async def test_definitions_of_one_name_are_told_apart_by_file(graphs: Graphs) -> None:
    found = await find(graphs, "helper")
    assert "function helper src/heap.c:15-18" in found
    assert "function helper src/mcxt.c:9" in found


@pytest.mark.usefixtures("stored")
async def test_pages_join_exactly(graphs: Graphs) -> None:
    def rows(text: str) -> list[str]:
        return text.partition(">\n")[2].partition("\n<")[0].splitlines()

    whole = rows(await find(graphs, "*e*", limit=200))
    pages = [rows(await find(graphs, "*e*", limit=3, offset=at)) for at in range(0, len(whole), 3)]
    assert len(whole) > 10
    assert [line for page in pages for line in page] == whole


@pytest.mark.usefixtures("stored")
async def test_an_unknown_name_gets_the_nearest_ones(graphs: Graphs) -> None:
    with pytest.raises(UnknownSymbol) as caught:
        await find(graphs, "heap_insrt")
    assert "heap_insert" in caught.value.hint
    with pytest.raises(UnknownSymbol) as caught:
        await resolved(graphs, "pallok", "Function")
    assert "palloc" in caught.value.hint
    async with viewed(graphs, "") as view:
        assert await nearest(view, "zzzzqqqq", NAMED) == []


@pytest.mark.usefixtures("stored")
async def test_a_hostile_name_is_unknown_and_nothing_worse(graphs: Graphs) -> None:
    for name in HOSTILE:
        with pytest.raises(UnknownSymbol):
            await find(graphs, name)
        with pytest.raises(UnknownSymbol):
            await resolved(graphs, name, "Function")


async def test_odd_names_that_are_there_are_found(graphs: Graphs, writer: Writer) -> None:
    drawing = Drawing()
    names = ['q"uote', "back\\slash", "имя", "per%cent", "under_score", "brace{}", "a'b"]
    for name in names:
        drawing.file(f"dir/{name}.c")
        drawing.function(name, f"dir/{name}.c")
    drawing.store(writer)
    for name in names:
        assert (await resolved(graphs, name)) == f"Function {name} dir/{name}.c:1"
        assert f"function {name} dir/{name}.c:1" in await find(graphs, name, "function")
        assert (await resolved(graphs, f"{name}.c:1")) == f"Function {name} dir/{name}.c:1"
    async with viewed(graphs, "") as view:
        answer = await find_symbol(view, "*_*", "function", 10, 0)
    assert answer.structured["total"] == 1


@pytest.mark.usefixtures("stored")
async def test_a_name_with_two_definitions_is_refused_with_the_candidates(graphs: Graphs) -> None:
    with pytest.raises(AmbiguousSymbol) as caught:
        await resolved(graphs, "helper", "Function")
    assert "src/heap.c:15" in caught.value.hint
    assert "src/mcxt.c:9" in caught.value.hint
    assert await resolved(graphs, "mcxt.c:helper", "Function") == "Function helper src/mcxt.c:9"
    assert await resolved(graphs, "./src/heap.c:helper()", "Function") == "Function helper src/heap.c:15"


@pytest.mark.usefixtures("stored")
async def test_a_field_is_named_with_its_struct_or_a_typedef_of_it(graphs: Graphs) -> None:
    for text in ("Heap.count", "HeapType.count", "heap.h:Heap.count"):
        assert await resolved(graphs, text, "Field") == "Field Heap.count src/include/heap.h:4"


@pytest.mark.usefixtures("stored")
async def test_a_symbol_of_another_kind_is_named_in_the_error(graphs: Graphs) -> None:
    with pytest.raises(UnknownSymbol, match=r"counter is a global counter src/heap\.c:3"):
        await resolved(graphs, "counter", "Function")
    with pytest.raises(UnknownSymbol) as caught:
        await resolved(graphs, "heap_size", "Function")
    assert caught.value.hint == "This tool takes a function; ask for its C function heap_scan."
    with pytest.raises(UnknownSymbol, match=r"No function is known at heap\.c:13"):
        await resolved(graphs, "heap.c:13", "Function")


async def test_of_variants_under_if_or_in_a_port_the_most_used_is_taken(
    graphs: Graphs, writer: Writer
) -> None:
    drawing = Drawing()
    one = drawing.function("sleep_us", "src/port/a.c", 3)
    two = drawing.function("sleep_us", "src/port/b.c", 5)
    drawing.function("lock", "src/lock.c", 1, condition="defined(X)")
    drawing.function("lock", "src/lock.c", 9, condition="!defined(X)")
    caller = drawing.function("caller", "src/caller.c")
    drawing.calls(caller, two)
    drawing.store(writer)
    async with viewed(graphs, "") as view:
        port = await resolve(view, "sleep_us", ("Function",))
        same_file = await resolve(view, "lock", ("Function",))
    assert (port.symbol.id, [other.id for other in port.variants]) == (two.id, [one.id])
    assert "src/port/a.c:3" in port.note()
    assert same_file.symbol.line == 1
    assert "src/lock.c:9" in same_file.note()


async def test_of_doubles_in_other_programs_the_one_that_is_used_is_taken(
    graphs: Graphs, writer: Writer
) -> None:
    drawing = Drawing()
    server = drawing.function("palloc", "src/backend/mcxt.c", 3)
    client = drawing.function("palloc", "src/common/fe.c", 5)
    for turn in range(8):
        drawing.calls(drawing.function(f"user{turn}", "src/user.c", turn + 1), server)
    drawing.calls(drawing.function("other", "src/bin/dump.c"), client)
    for turn in range(2):
        drawing.function("main", f"src/bin/{turn}.c")
    drawing.store(writer)
    async with viewed(graphs, "") as view:
        found = await resolve(view, "palloc", ("Function",))
        with pytest.raises(AmbiguousSymbol):
            await resolve(view, "main", ("Function",))
    assert found.symbol.id == server.id
    assert "src/common/fe.c:5" in found.note()


@given(st.text(max_size=60))
def test_any_text_is_a_reference_or_an_unknown_symbol(text: str) -> None:
    try:
        reference = parse(text)
    except UnknownSymbol:
        written = text.strip().removesuffix("()")
        assert not written or not storable(written) or written.rpartition(":")[2].strip("0 ") == ""
        return
    assert reference.line or reference.name


@given(
    st.from_regex(r"[a-z/]{1,12}\.c", fullmatch=True),
    st.from_regex(r"[A-Za-z_][A-Za-z_0-9]{0,9}", fullmatch=True),
)
def test_a_file_and_a_name_come_back(file: str, name: str) -> None:
    assert parse(f"{file}:{name}") == Reference(file, name)
    assert Reference(file, name).within(f"any/{file}")
    assert not Reference(file, name).within(f"any{file.lstrip('/')}") or file.startswith("/")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40))
def test_pieces_are_parts_of_the_name(name: str) -> None:
    assert all(piece in name for piece in pieces(name))


def test_a_pattern_takes_only_stars_as_special() -> None:
    assert like(r"A_b%*\c") == r"a\_b\%%\\c"
