"""A plan before it runs, and the values of its references; how plans run is in test_rewoo.py."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mcp_types import Tool as McpTool
from mcp_types import ToolAnnotations

from ankus_runner.catalogue import build_catalogue
from ankus_runner.constraint import parse_plan
from ankus_runner.constraint.arguments import argument_errors
from ankus_runner.constraint.result_parts import fits
from ankus_runner.hosts import ToolResult
from ankus_runner.plan import Known, problems, waits
from ankus_runner.referring import Answered, UnusablePartError, bound
from ankus_shared.untrusted import frame
from tests.fixtures.schemas import Node, text

TEXT = {"type": "string"}
PERSON = {"type": "object", "properties": {"name": TEXT, "age": {"type": "integer"}}, "required": ["name"]}
PEOPLE = {"type": "array", "items": PERSON}
PAIR = {"type": "array", "prefixItems": [TEXT, TEXT], "items": False}
FOUND = {
    "type": "object",
    "properties": {"people": PEOPLE, "total": {"type": "integer"}, "first": PERSON},
    "required": ["people", "total", "first"],
}


def tool(name: str, output: Any = None, *, reads: bool = True, **properties: Any) -> McpTool:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    hints = ToolAnnotations(read_only_hint=reads)
    return McpTool(name=name, input_schema=schema, output_schema=output, annotations=hints)


CATALOGUE = build_catalogue(
    {
        "t": [
            tool("find", FOUND, word=TEXT),
            tool("greet", None, person=PERSON),
            tool("all", None, people=PEOPLE, words={"type": "array", "items": TEXT}),
            tool("run", None, sql={**TEXT, "contentMediaType": "application/sql"}),
            tool("either", None, value={"anyOf": [{"type": "integer"}, {"type": "array", "items": TEXT}]}),
            tool("pick", None, colour={"enum": ["red", "green"]}, pair=PAIR),
            tool("save", None, reads=False, text=TEXT),
        ]
    }
)  # fmt: skip
KNOWN = Known({tool.name: tool for tool in CATALOGUE}, {}, {})
FIND = 'E1 = t__find {"word":"a"}'


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ('greet {"person":$E1/first}', ""),
        ('greet {"person":$E1/people/0}', ""),
        ('greet {"person":{"name":$E1/first/name,"age":$E1/total}}', ""),
        ('greet {"person":{"name":$E1/total}}', "person.name: E1/total is integer; string is wanted."),
        ('greet {"person":{"name":"b","age":$E1}}', "person.age: E1 is string; integer is wanted."),
        ('all {"people":$E1/people,"words":[$E1,"b",$E1/first/name]}', ""),
        ('all {"people":[$E1/total],"words":[]}', "people[0]: E1/total is integer; {name: string, age"),
        ('all {"people":$E1/first,"words":$E1/people}', "people: E1/first is {name: string, age"),
        ('run {"sql":$E1}', "no readable text of a result may be part of code"),
        ('run {"sql":$["SELECT ",$E1]}', "no readable text of a result may be part of code"),
        ('run {"sql":$["SELECT ",$E1/first/name]}', "E1/first/name is string; number | boolean is wanted."),
        ('run {"sql":$["SELECT ",$E1/total]}', ""),
        ('either {"value":$E1/total}', ""),
        ('either {"value":[$E1]}', ""),
        ('either {"value":$E1}', "value: E1 is string; integer | string[] is wanted."),
        ('pick {"colour":$E1/first/name,"pair":["a",$E1]}', 'string; "red" | "green" is wanted.'),
        ('pick {"colour":"red","pair":$E1/people}', "integer}[]; [string, string] is wanted."),
        ('find {"word":$["a",$E1/people]}', "string | number | boolean is wanted."),
        ('find {"word":{"$join":["a",5]}}', "texts and references are joined, not 5."),
        ('find {"word":{"$join":[]}}', 'word: {"$join":[]} is no reference.'),
        ('find {"word":{"$step":"E1","more":1}}', "is no reference."),
        ('find {"word":{"$step":"E1","$path":"people"}}', "has no such part"),
        ('find {"word":$E1/people/0/name/x}', "has no such part"),
        ('find {"words":$E1}', "E2: word: missing; it is required"),
    ],
)  # fmt: skip
def test_the_types_of_references_are_checked_before_anything_runs(call: str, complaint: str) -> None:
    found = problems(parse_plan(f"{FIND}\nE2 = t__{call}"), KNOWN)

    assert complaint in " ".join(found)
    assert bool(found) is bool(complaint)


def test_what_writes_waits_for_all_before_it_and_all_after_it_wait_for_it() -> None:
    save = 'E2 = t__save {"text":"x"}'
    plan = parse_plan(f'{FIND}\n{save}\nE3 = t__find {{"word":$E1}}\nE4 = t__find {{"word":"d"}}')

    assert waits(plan, KNOWN.tools) == {"E1": [], "E2": ["E1"], "E3": ["E1", "E2"], "E4": ["E2"]}


@pytest.mark.parametrize(
    ("value", "typed", "meant"),
    [
        ({"$step": "E1"}, True, "3 <people>"),
        ({"$step": "E1", "$path": "/total"}, True, 3),
        ({"$step": "E1", "$path": "/total"}, False, "3"),
        ({"$step": "E1", "$path": "/people/1/name"}, True, "bob"),
        ({"$step": "E1", "$path": "/a~1b~0"}, True, True),
        ({"$step": "E1", "$path": "/people/1"}, False, '{"name":"bob"}'),
        ({"$join": ["# ", {"$step": "E1", "$path": "/total"}, " ", {"$step": "E1"}]}, True, "# 3 3 <people>"),
        ([{"x": {"$step": "E1", "$path": "/total"}}, "$E1"], True, [{"x": 3}, "$E1"]),
    ],
)
def test_a_reference_means_the_text_without_its_frame_or_a_part(value: Any, typed: bool, meant: Any) -> None:
    structured = {"total": 3, "people": [{"name": "ann"}, {"name": "bob"}], "a/b~": True}
    result = ToolResult(frame("3 <people>", "page"), structured, failed=False)

    assert bound({"a": value}, {"E1": Answered(result, typed)}) == {"a": meant}


@pytest.mark.parametrize(
    ("path", "there"),
    [("/people/7", "a list of 1"), ("/none", "people"), ("/people/x", "a list of 1"), ("/people/0/a", "5")],
)
def test_a_part_that_is_not_there_is_named_with_what_is(path: str, there: str) -> None:
    result = ToolResult("", {"people": [5]}, failed=False)

    with pytest.raises(UnusablePartError, match=f"has no {path}. There is {there}"):
        bound({"a": {"$step": "E1", "$path": path}}, {"E1": Answered(result, True)})


def test_a_result_without_a_structured_part_has_none() -> None:
    plain = Answered(ToolResult("t", None, failed=False), typed=False)

    with pytest.raises(UnusablePartError, match="There is null"):
        bound({"a": {"$step": "E1", "$path": "/x"}}, {"E1": plain})


NAMES = st.sampled_from("ab")
LEAVES: st.SearchStrategy[Node] = st.sampled_from(
    [
        (TEXT, text),
        ({"type": "integer"}, st.integers(-9, 9)),
        ({"type": "number"}, st.floats(-9, 9)),
        ({"type": "boolean"}, st.booleans()),
    ]
)


@st.composite
def inner_nodes(draw: st.DrawFn, inner: st.SearchStrategy[Node]) -> Node:
    """A list, a map, or an object with some of two members."""
    (schema, values), kind = draw(inner), draw(st.sampled_from(["list", "map", "object"]))
    if kind == "list":
        return {"type": "array", "items": schema}, st.lists(values, max_size=2)
    if kind == "map":
        return {"type": "object", "additionalProperties": schema}, st.dictionaries(NAMES, values)
    members = draw(st.dictionaries(NAMES, inner, min_size=1))
    required = draw(st.lists(st.sampled_from(sorted(members)), unique=True))
    properties = {name: schema for name, (schema, _) in members.items()}
    found = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    optional = {name: values for name, (_, values) in members.items() if name not in required}
    always = {name: values for name, (_, values) in members.items() if name in required}
    return found, st.fixed_dictionaries(always, optional=optional)


NODES = st.recursive(LEAVES, inner_nodes, max_leaves=3)


@given(NODES, NODES, st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_said_to_fit_does(argument: Node, result: Node, data: st.DataObject) -> None:
    assume(fits(argument[0], result[0]))

    value = data.draw(result[1])

    assert argument_errors({"properties": {"a": argument[0]}}, {"a": value}) == []
