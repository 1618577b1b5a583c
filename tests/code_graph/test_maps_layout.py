"""The drawn map: layers, places, SVG."""

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ankus_code_graph.maps.fonts import shortened, text_width
from ankus_code_graph.maps.layout import Arrow, Box, Layout, lay_out
from ankus_code_graph.maps.order import cycles, layered_order
from ankus_code_graph.maps.overview import FileFacts, Modules, Overview, Weight, modules_of
from ankus_code_graph.maps.picture import MOST_BOXES, draw_map

NAMES = [f"n{number}" for number in range(12)]
PAIRS = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1]),
    st.integers(1, 100).map(float),
    max_size=40,
)
SVG = "{http://www.w3.org/2000/svg}"


def laid_out(weights: dict[tuple[str, str], float]) -> Layout:
    order = layered_order(NAMES, weights)
    boxes = [Box(name, 60.0 + 20 * (place % 5), 40.0 + 7 * (place % 3)) for place, name in enumerate(order)]
    return lay_out(boxes, [Arrow(*pair, weight) for pair, weight in weights.items()], 500)


def modules(files: dict[str, int], weights: dict[tuple[str, str], Weight] | None = None) -> Modules:
    facts = {path: FileFacts(lines, 1, 0) for path, lines in files.items()}
    return modules_of(Overview(facts, weights or {}), "", 2)


@given(PAIRS)
def test_boxes_never_overlap(weights: dict[tuple[str, str], float]) -> None:
    for one, other in combinations(laid_out(weights).boxes, 2):
        beside = abs(one.x - other.x) >= (one.width + other.width) / 2 - 1e-6
        above = abs(one.y - other.y) >= (one.height + other.height) / 2 - 1e-6
        assert beside or above


@given(PAIRS)
def test_everything_lies_within_the_map(weights: dict[tuple[str, str], float]) -> None:
    layout = laid_out(weights)
    for box in layout.boxes:
        assert -1e-6 <= box.x - box.width / 2
        assert box.x + box.width / 2 <= layout.width + 1e-6
        assert 0 <= box.y - box.height / 2
        assert box.y + box.height / 2 <= layout.height + 1e-6


@given(PAIRS)
def test_an_arrow_passes_beside_boxes_and_leads_down_unless_it_is_backward(
    weights: dict[tuple[str, str], float],
) -> None:
    layout = laid_out(weights)
    boxes = {box.name: box for box in layout.boxes}
    for arrow in layout.arrows:
        start, end = boxes[arrow.start], boxes[arrow.end]
        assert (start.y > end.y) is arrow.backward
        for (x, y), (to_x, to_y) in pairwise(arrow.points):
            if x == to_x and y != to_y:  # within a row
                behind = [
                    box
                    for box in layout.boxes
                    if abs(box.x - x) < box.width / 2 and min(y, to_y) <= box.y <= max(y, to_y)
                ]
                assert not [box for box in behind if box not in (start, end)]


@given(PAIRS)
def test_the_order_holds_every_name_and_turns_no_more_weight_back_than_its_reverse(
    weights: dict[tuple[str, str], float],
) -> None:
    order = layered_order(NAMES, weights)
    rank = {name: place for place, name in enumerate(order)}
    back = sum(weight for (start, end), weight in weights.items() if rank[start] > rank[end])
    assert sorted(order) == sorted(NAMES)
    assert back <= sum(weights.values()) / 2


@given(st.lists(st.integers(0, 11), min_size=2, max_size=12, unique=True))
def test_a_graph_without_cycles_is_ordered_without_an_arrow_back(places: list[int]) -> None:
    weights = {(NAMES[a], NAMES[b]): 1.0 for a, b in combinations(places, 2)}
    order = layered_order(NAMES, weights)
    assert all(order.index(start) < order.index(end) for start, end in weights)


@given(PAIRS)
def test_cycles_are_the_groups_that_reach_each_other(weights: dict[tuple[str, str], float]) -> None:
    reach = {name: {end for start, end in weights if start == name} for name in NAMES}
    for _ in NAMES:
        reach = {name: found.union(*(reach[end] for end in found)) for name, found in reach.items()}
    expected = {
        frozenset({name} | {other for other in reach[name] if name in reach[other]})
        for name in NAMES
        if name in reach[name]
    }
    assert {frozenset(group) for group in cycles(NAMES, weights)} == expected


def test_a_long_chain_of_modules_needs_no_recursion() -> None:
    names = [f"m{number}" for number in range(5000)]
    assert cycles(names, list(pairwise(names))) == []
    assert cycles(names, [*pairwise(names), (names[-1], names[0])]) == [sorted(names)]


def test_a_map_holds_the_names_of_its_modules() -> None:
    drawn = draw_map(
        modules({"src/a/a.c": 10, "src/b/b.c": 20}, {("src/a/a.c", "src/b/b.c"): Weight(calls=3)}), "T", ""
    )
    texts = [element.text for element in ElementTree.fromstring(drawn.svg).iter(f"{SVG}text")]
    assert texts[0] == "T"
    assert {"src/a", "src/b", "10 lines, 1 function"} <= set(texts)
    assert (drawn.shown, drawn.left_out) == (2, 0)


@pytest.mark.parametrize(
    "name", ["a<b>&c", "\"quoted\" 'name'", "каталог", "x]]>y", "\u202ereversed", "tab\there", "\x01"]
)
def test_a_hostile_name_is_text_in_the_map(name: str) -> None:
    drawn = draw_map(
        modules({f"{name}/a.c": 10, "b/b.c": 5}, {(f"{name}/a.c", "b/b.c"): Weight(calls=1)}), name, ""
    )
    root = ElementTree.fromstring(drawn.svg)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "g", "rect", "path", "text", "title"}
    shown = "".join(char if char.isprintable() else "?" for char in name)
    assert shown in [element.text for element in root.iter(f"{SVG}text")]


@given(st.text(min_size=1, max_size=40).filter(lambda name: "/" not in name))
@settings(max_examples=50)
def test_a_map_of_any_names_is_well_formed(name: str) -> None:
    ElementTree.fromstring(draw_map(modules({f"{name}/a.c": 1}), name, "").svg.encode("utf-8", "strict"))


def test_of_500_modules_the_largest_are_drawn() -> None:
    files = {f"m{number:03}/a.c": number + 1 for number in range(500)}
    weights = {(f"m{n:03}/a.c", f"m{(n * 7 + 3) % 500:03}/a.c"): Weight(calls=n) for n in range(500)}
    weights = {pair: weight for pair, weight in weights.items() if pair[0] != pair[1]}
    drawn = draw_map(modules(files, weights), "T", "")
    texts = {element.text for element in ElementTree.fromstring(drawn.svg).iter(f"{SVG}text")}
    assert (drawn.shown, drawn.left_out) == (MOST_BOXES, 500 - MOST_BOXES)
    assert "m499" in texts
    assert "m000" not in texts


def test_a_map_of_nothing_and_of_one_module_are_maps() -> None:
    assert draw_map(modules({}), "T", "").shown == 0
    assert draw_map(modules({"a.c": 1}), "T", "").shown == 1


def test_files_are_grouped_by_depth_and_those_elsewhere_by_where_they_depart() -> None:
    facts = FileFacts(1, 0, 0)
    files = ["top.c", "src/x.c", "src/a/b/c.c", "src/a/d.c", "src/z/y.c", "other/deep/e.c"]
    weights = {("src/a/d.c", "other/deep/e.c"): Weight(calls=1), ("src/a/d.c", "src/z/y.c"): Weight(calls=1)}
    found = modules_of(Overview(dict.fromkeys(files, facts), weights), "src/a", 1)
    assert {module.name for module in found.modules.values() if module.inside} == {"src/a", "src/a/b"}
    assert {module.name for module in found.modules.values() if not module.inside} == {"src/z", "other"}


@given(st.text(max_size=60) | st.text("iW", max_size=60), st.floats(20, 300))
@example("i" * 30 + "W" * 30, 150.0)
def test_a_shortened_name_fits_and_one_that_fits_is_not_shortened(text: str, width: float) -> None:
    short = shortened(text, 14, width)
    if text_width(text, 14) <= width:
        assert short == text
    else:
        assert len(short) <= 3 or text_width(short, 14) <= width
        assert (short[0], short[-1]) == (text[0], text[-1])
