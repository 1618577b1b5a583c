"""The agtype reader gives back what AGE wrote."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_code_graph.cypher.agtype import Edge, Path, Vertex, read_agtype

KEYS = st.text(max_size=5)
PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()
NUMERIC = st.decimals(allow_nan=False, allow_infinity=False)
IDS = st.integers(0, 2**63 - 1)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and maps of leaves."""
    return st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=4)


VALUES = nested(PLAIN | NUMERIC)
MAPS = st.dictionaries(KEYS, VALUES, max_size=4)
VERTICES = st.builds(Vertex, IDS, st.sampled_from(["Function", "File"]), MAPS)
EDGES = st.builds(Edge, IDS, st.just("CALLS"), IDS, IDS, MAPS)
PATHS = st.builds(
    lambda first, rest: Path((first, *(part for pair in rest for part in pair))),
    VERTICES,
    st.lists(st.tuples(EDGES, VERTICES), max_size=2),
)
EVERYTHING = VALUES | VERTICES | EDGES | PATHS | st.lists(VERTICES | EDGES | PATHS, max_size=2)


def written(value: Any) -> str:
    """As agtype_out writes it."""
    if isinstance(value, Decimal):
        return f"{value}::numeric"
    if isinstance(value, Vertex):
        body = {"id": value.id, "label": value.label, "properties": value.properties}
        return written(body) + "::vertex"
    if isinstance(value, Edge):
        body = {"id": value.id, "label": value.label, "end_id": value.end, "start_id": value.start}
        return written({**body, "properties": value.properties}) + "::edge"
    if isinstance(value, Path):
        return written(list(value.parts)) + "::path"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


@given(EVERYTHING)
def test_every_value_is_read_as_it_was_written(value: Any) -> None:
    assert read_agtype(written(value)) == value


@given(st.text())
def test_any_other_text_is_a_value_error_and_no_more(text: str) -> None:
    for wrong in (text, text + "::vertex", "[" + text + "::path", '{"a": ' + text + "::numeric"):
        try:
            read_agtype(wrong)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "text",
    [
        "1::numeric 2",
        "[1 2]::path",
        '{"a" 1}::vertex',
        "1::",
        "1::unknown",
        "[1::numeric",
        "{1::numeric: 2}",
        "1::path",
        "{}::edge",
    ],
)
def test_a_broken_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"agtype|missing|early|Extra|type"):
        read_agtype(text)


def test_numbers_that_json_does_not_know_are_read() -> None:
    assert read_agtype("[Infinity, -Infinity, 1.5::numeric]") == [float("inf"), float("-inf"), Decimal("1.5")]
    assert str(read_agtype("[NaN, 1::numeric]")[0]) == "nan"
