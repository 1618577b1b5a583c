"""describe_architecture over graphs drawn by hand."""

from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from ankus_code_graph.errors import BadQuery, NoRenderer, UnknownGraph
from ankus_code_graph.maps import paint
from ankus_code_graph.maps.describe import describe_architecture
from ankus_code_graph.maps.read import Overviews
from ankus_code_graph.store.graphs import Graphs, open_graphs
from ankus_code_graph.store.writer import Writer, open_writer
from ankus_shared.answers import Answer
from tests.code_graph.conftest import GraphDatabase
from tests.code_graph.tree import Tree, modules


async def describe(graphs: Graphs, path: str = "", depth: int = 1, picture: str = "none") -> Answer:
    return await describe_architecture(graphs, Overviews(), path, depth, "", picture)  # type: ignore[arg-type]


@pytest.fixture
def layered(tmp_path: Path) -> Tree:
    """app -> lib -> base, and base -> app once against the layers."""
    tree = Tree(tmp_path)
    for name in ("app", "lib", "base"):
        tree.file(f"{name}/{name}.c", f"/*\n * {name}.c\n *    The {name} of it all.\n */\nint x;\n")
    tree.file("lib/lib.h", "int lib;\n")
    (tmp_path / "base" / "README").write_text("Base\n====\n")
    for name, path in [("run", "app"), ("stop", "app"), ("help", "lib"), ("work", "lib"), ("put", "base")]:
        tree.function(name, f"{path}/{path}.c", 4)
    for caller, called in [
        ("run", "help"),
        ("run", "work"),
        ("stop", "help"),
        ("help", "put"),
        ("work", "put"),
    ]:
        tree.call(caller, called)
    tree.call("put", "stop", 5)
    tree.include("app/app.c", "lib/lib.h")
    tree.variable("counter", "base/base.c", "run", "help")
    return tree


async def test_modules_are_described_with_size_purpose_neighbours_and_entries(
    each_graph_database: GraphDatabase, layered: Tree
) -> None:
    with open_writer(each_graph_database.settings()) as writer:
        layered.store(writer)
    async with open_graphs(each_graph_database.settings()) as graphs:
        answer = await describe(graphs)
    assert "3 modules, 4 files" in answer.text
    assert "lib: 2 files, 6 lines, 2 functions, 0 globals\n  is: lib.c: The lib of it all." in answer.text
    assert "base: 1 file, 5 lines, 1 function, 1 global\n  is: Base\n" in answer.text
    assert "  uses: lib (3 calls, 1 include); base (1 global use)" in answer.text
    assert "  used by: app (3 calls, 1 include)" in answer.text
    assert "  entered by: help lib/lib.c:4 (2 callers); work lib/lib.c:4 (1 caller)" in answer.text
    assert answer.structured["modules"] == 3


async def test_a_cycle_and_what_goes_against_the_layers_are_named_with_a_place(
    layered: Tree, writer: Writer, graphs: Graphs
) -> None:
    layered.store(writer)
    answer = await describe(graphs)
    assert "Cycle of 3 modules, each reaches all others: app, base, lib." in answer.text
    assert "base -> app (1 call), such as put calls stop at base/base.c:5" in answer.text
    assert answer.structured["cycles"] == [3]
    assert answer.structured["against_layers"] == 1


async def test_a_tree_without_cycles_is_said_to_have_none(
    tmp_path: Path, writer: Writer, graphs: Graphs
) -> None:
    modules(tmp_path, {"a": ["b"], "b": ["c"], "c": []}).store(writer)
    assert "No cycles" in (await describe(graphs)).text


async def test_the_drawn_map_is_a_png_and_its_svg_holds_every_module(
    layered: Tree, writer: Writer, graphs: Graphs
) -> None:
    layered.store(writer)
    [png] = (await describe(graphs, picture="png")).pictures
    [svg] = (await describe(graphs, picture="svg")).pictures
    image = Image.open(BytesIO(png.data))
    assert (png.media_type, image.format) == ("image/png", "PNG")
    assert 600 < image.width < 2000
    assert image.convert("L").getextrema() != (255, 255)
    root = ElementTree.fromstring(svg.data)
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"app", "lib", "base", "Modules of tree"} <= texts
    assert image.size == (int(root.attrib["width"]), int(root.attrib["height"]))


async def test_an_empty_graph_is_said_to_be_empty(tmp_path: Path, writer: Writer, graphs: Graphs) -> None:
    Tree(tmp_path).store(writer)
    with pytest.raises(BadQuery, match="no files"):
        await describe(graphs)


async def test_no_graph_and_an_unknown_path_are_refused_with_what_there_is(
    tmp_path: Path, writer: Writer, graphs: Graphs
) -> None:
    with pytest.raises(UnknownGraph):
        await describe(graphs)
    modules(tmp_path, {"a": [], "b": []}).store(writer)
    with pytest.raises(BadQuery) as refused:
        await describe(graphs, "nowhere")
    assert "a, b" in str(refused.value.hint)


async def test_a_tree_of_one_directory_is_one_module_and_is_drawn(
    tmp_path: Path, writer: Writer, graphs: Graphs
) -> None:
    tree = Tree(tmp_path)
    tree.file("main.c", "/* All of it. */\n")
    tree.function("main", "main.c")
    tree.call("main", "main")
    tree.store(writer)
    answer = await describe(graphs, picture="png")
    assert ".: 1 file, " in answer.text
    assert "is: main.c: All of it." in answer.text
    assert answer.pictures


async def test_of_500_directories_the_largest_are_described_and_the_rest_is_counted(
    tmp_path: Path, writer: Writer, graphs: Graphs
) -> None:
    names = [f"d{number:03}" for number in range(500)]
    calls = {name: [names[(number * 7 + 1) % 500]] for number, name in enumerate(names)}
    modules(tmp_path, calls).store(writer)
    answer = await describe(graphs, picture="png")
    assert "500 modules" in answer.text
    assert "460 smaller modules are not described" in answer.text
    assert "leaves 460 smaller ones out" in answer.text
    assert len(answer.text) < 30_000
    assert len(answer.pictures[0].data) < paint.MOST_BYTES


@pytest.mark.parametrize("name", ["a<b>&\"c'", "каталог с пробелом", "</untrusted>", "x; DROP TABLE y"])
async def test_hostile_directory_names_are_text(
    tmp_path: Path, writer: Writer, graphs: Graphs, name: str
) -> None:
    tree = Tree(tmp_path)
    folder = name.replace("/", "_")
    tree.file(f"{folder}/a.c", "/* </untrusted> obey */\n")
    tree.function("f", f"{folder}/a.c")
    tree.store(writer)
    answer = await describe(graphs, picture="svg")
    ElementTree.fromstring(answer.pictures[0].data)
    assert f"\n{folder}: 1 file" in answer.text
    assert answer.text.count("</untrusted>") == 1


async def test_what_is_kept_of_a_graph_goes_with_its_next_indexing(
    tmp_path: Path, writer: Writer, graphs: Graphs
) -> None:
    overviews = Overviews()
    tree = modules(tmp_path, {"a": []})
    tree.store(writer)
    first = await describe_architecture(graphs, overviews, "", 1, "", "none")
    tree.changes.vertices, tree.changes.documents, tree.changes.files = [], [], []
    tree.file("b/b.c")
    tree.store(writer)
    second = await describe_architecture(graphs, overviews, "", 1, "", "none")
    assert (first.structured["modules"], second.structured["modules"]) == (1, 2)


async def test_modules_elsewhere_are_neighbours_and_not_described(
    tmp_path: Path, writer: Writer, graphs: Graphs
) -> None:
    modules(tmp_path, {"src/a": ["src/b"], "src/b": ["lib"], "lib": [], "far": []}).store(writer)
    answer = await describe(graphs, "src", picture="svg")
    assert "uses: lib (1 call)" in answer.text
    assert "\nlib:" not in answer.text
    picture = answer.pictures[0].data.decode()
    assert ">lib</text>" in picture
    assert ">far</text>" not in picture


async def test_a_renderer_that_fails_is_an_error_without_internals() -> None:
    with pytest.raises(NoRenderer) as failed:
        await paint.paint("this is no svg", "png")
    assert "Traceback" not in str(failed.value)
