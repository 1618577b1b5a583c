"""Reading and writing a step."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.constraint import (
    Call,
    Final,
    MalformedStep,
    Step,
    TruncatedStep,
    parse_json_step,
    parse_step,
    render_json_step,
    render_step,
)

RUN = Call("postgres-sql__run_query", {"sql": 'SELECT "Имя"\nFROM t', "max_rows": 5})
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_a_call_with_a_thought_is_read() -> None:
    text = (
        'Thought: Count them.\nCall: postgres-sql__run_query {"sql":"SELECT \\"Имя\\"\\nFROM t","max_rows":5}'
    )
    assert parse_step(text) == Step("Count them.", RUN)
    assert render_step(Step("Count them.", RUN)) == text


def test_one_argument_may_stand_raw_in_a_fence() -> None:
    text = 'Thought: Count them.\nCall: postgres-sql__run_query {"max_rows":5}\n'
    text += '```sql\nSELECT "Имя"\nFROM t\n```'
    assert parse_step(text) == Step("Count them.", RUN)
    assert parse_step("Call: a__b\n```cypher\nMATCH (n) ``x\n```") == Step(
        "", Call("a__b", {"cypher": "MATCH (n) ``x"})
    )


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\t `{}"')))
def test_any_text_without_a_fence_is_read_back_from_one(raw: str) -> None:
    raw = raw.replace("```", "").strip(" \t\n") or "x"
    assert parse_step(f"Call: a__b\n```sql\n{raw.strip('`')}.\n```").action == Call(
        "a__b", {"sql": f"{raw.strip('`')}.".strip(" \t\n")}
    )


@pytest.mark.parametrize(
    "text",
    ["Call: a__b\n", "Call: a__b\n``", "Call: a__b\n```sq", 'Call: a__b {"x":1}\n```sql\nSELECT 1\n``'],
)
def test_a_fence_that_is_cut_off_is_told_from_a_wrong_one(text: str) -> None:
    with pytest.raises(TruncatedStep):
        parse_step(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Call: a__b\n```sql\nSELECT 1\n```\nand so on", "Nothing may follow the fence"),
        ("Call: a__b\n```sql\n \n```", "The fence of sql is empty"),
        ('Call: a__b {"sql":"x"}\n```sql\nSELECT 1\n```', 'argument "sql" stands twice'),
    ],
)
def test_what_is_wrong_with_a_fence_is_said(text: str, problem: str) -> None:
    with pytest.raises(MalformedStep, match=problem):
        parse_step(text)


def test_an_answer_may_have_several_lines() -> None:
    assert parse_step("Thought: Done.\nFinal: one\n\nThought: two") == Step(
        "Done.", Final("one\n\nThought: two")
    )


def test_a_step_needs_no_thought() -> None:
    assert parse_step("Final: 42") == Step("", Final("42"))
    assert parse_step("Call: a__b {}") == Step("", Call("a__b", {}))


def test_blanks_that_an_unbound_model_writes_do_not_count() -> None:
    assert parse_step('\n Thought:  hm \nCall:  a__b\t{ "x" : 1 }\n\n') == Step("hm", Call("a__b", {"x": 1}))


@pytest.mark.parametrize("step", [Step("Hm.", RUN), Step("Да", Final("нет")), Step("", RUN)])
def test_both_forms_are_read_back(step: Step) -> None:
    assert parse_step(render_step(step)) == step
    assert parse_json_step(render_json_step(step)) == step


def test_a_json_thought_of_several_lines_is_written_as_one() -> None:
    step = parse_json_step('{"thought":"a\\nb","action":{"final":"c"}}')
    assert parse_step(render_step(step)) == Step("a b", Final("c"))


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_any_arguments_are_read_back(arguments: dict[str, object]) -> None:
    step = Step("", Call("a__b", arguments))
    assert parse_step(render_step(step)) == step
    assert parse_json_step(render_json_step(step)) == step


@pytest.mark.parametrize("form", [render_step, render_json_step])
def test_every_beginning_of_a_call_is_recognised_as_cut_off(form: object) -> None:
    assert callable(form)
    parse = parse_step if form is render_step else parse_json_step
    text = form(Step("Count [them].", RUN))
    for end in range(len(text)):
        with pytest.raises(TruncatedStep):
            parse(text[:end])


@given(st.text())
def test_any_text_is_a_step_or_malformed(text: str) -> None:
    for parse in (parse_step, parse_json_step):
        for prefix in ("", "Thought: a\n", "Call: a__b {", '{"action":'):
            with suppress(MalformedStep):
                assert isinstance(parse(prefix + text), Step)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Hello.", "cannot go on with 'Hello.'"),
        ("Thought: a\nThought: b\nFinal: c", "cannot go on with 'Thought: b Final: c'"),
        ("Thought: a\nCall: a__b x", "needs a tool and a JSON object, not 'a__b x'"),
        ("Call: a__b [1]", "needs a tool and a JSON object"),
        ('Call: a__b {"x":1} {"y":2}', "Extra data at '{\"y\":2}'"),
        ('Call: a__b {"x":1}\nCall: a__c {}', "Extra data"),
        ('Call: a__b {"x":1,"x":2}', 'The key "x" stands twice'),
        ('Call: a__b {"x":NaN}', "NaN is not a JSON number"),
        ('Call: a__b {"x":1e999}', "The number '1e999' is too large"),
        ('Call: a__b {"x":' + "9" * 5000 + "}", "too many digits"),
        ('Call: a__b {"x":' + "[" * 100000 + "]" * 100000 + "}", "nested too deeply"),
        ('Call: a__b {"x":"\\ud800"}', "half of a surrogate pair"),
        ('Call: a__b {"x":"a\nb"}', "Invalid control character"),
        ("Call: a__b {x:1}", "property name"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(MalformedStep) as caught:
        parse_step(text)
    assert message in caught.value.message
    assert not isinstance(caught.value, TruncatedStep)


@pytest.mark.parametrize(
    "text", ["", "Th", "Thought: a", "Thought: a\nFin", "Final:", "Final: \n", "Call: a__b"]
)
def test_an_unfinished_step_is_recognised(text: str) -> None:
    with pytest.raises(TruncatedStep):
        parse_step(text)


@pytest.mark.parametrize(
    "step",
    [
        [],
        {"thought": "a"},
        {"thought": 1, "action": {"final": "a"}},
        {"thought": "a", "action": {"final": "a"}, "more": 1},
        {"action": {"final": 1}},
        {"action": {"final": "a", "tool": "b", "arguments": {}}},
        {"action": {"tool": "a", "arguments": []}},
        {"action": {"final": " "}},
    ],
)
def test_json_of_another_shape_is_malformed(step: object) -> None:
    with pytest.raises(MalformedStep):
        parse_json_step(json.dumps(step))
