"""What a step may be, in each dialect."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ankus_runner.constraint import (
    Final,
    NothingAllowed,
    Step,
    StepGrammar,
    render_json_step,
    to_gbnf,
    to_json_schema,
    to_structural_tag,
)
from ankus_runner.errors import ConfigError
from tests.fixtures.grammar import postgres_catalogue

TOOLS = postgres_catalogue().tools


def written(grammar: StepGrammar) -> list[str]:
    return [to_gbnf(grammar), json.dumps(to_structural_tag(grammar)), json.dumps(to_json_schema(grammar))]


def test_a_step_that_may_do_nothing_is_refused() -> None:
    with pytest.raises(NothingAllowed):
        StepGrammar((), final=False)


@pytest.mark.parametrize("limit", ["thought_chars", "final_chars", "string_chars"])
@pytest.mark.parametrize("value", [0, -1, 1501])
def test_a_limit_that_engines_cannot_count_to_is_refused(limit: str, value: int) -> None:
    with pytest.raises(ConfigError, match=limit):
        StepGrammar((), **{limit: value})  # type: ignore[arg-type]


def test_tools_that_are_not_offered_occur_in_no_dialect() -> None:
    for text in written(StepGrammar(TOOLS[:2])):
        assert "list_schemas" in text
        assert "list_tables" in text
        assert "run_query" not in text
        assert "describe_table" not in text


def test_an_end_that_is_not_allowed_occurs_in_no_dialect() -> None:
    assert all("inal" in text for text in written(StepGrammar(TOOLS)))
    assert not any("inal" in text for text in written(StepGrammar(TOOLS, final=False)))


def test_a_step_without_tools_can_only_end() -> None:
    assert not any("Call" in text or "tool" in text for text in written(StepGrammar()))


def test_a_step_without_a_thought_begins_with_what_is_done() -> None:
    assert not any(
        "hought: " in text or '"thought"' in text for text in written(StepGrammar(TOOLS, thought_chars=None))
    )


def test_the_same_policy_gives_the_same_text() -> None:
    assert written(StepGrammar(TOOLS)) == written(StepGrammar(postgres_catalogue().tools))


def test_no_length_reaches_an_engine_that_counts_in_json() -> None:
    text = json.dumps(to_json_schema(StepGrammar(TOOLS)))
    assert "minLength" not in text
    assert "maxLength" not in text


def test_the_structural_tag_is_one_tag_for_each_tool_and_one_end() -> None:
    tag = to_structural_tag(StepGrammar(TOOLS, thought_chars=100))
    begin, _, thought, action = tag["format"]["elements"]
    assert begin == {"type": "const_string", "value": "Thought: "}
    assert thought["max_chars"] == 99
    *calls, end = action["elements"]
    assert [call["begin"] for call in calls] == [f"\nCall: {tool.name}" for tool in TOOLS]
    assert all(call["content"]["grammar"].startswith("root ::= ") for call in calls)
    assert end["elements"][0] == {"type": "const_string", "value": "\nFinal: "}


def test_the_json_schema_accepts_steps_and_nothing_else() -> None:
    schema = to_json_schema(StepGrammar(TOOLS))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    call: dict[str, Any] = {
        "tool": "postgres-sql__run_query",
        "arguments": {"sql": "SELECT 1", "max_rows": 5},
    }
    assert validator.is_valid(json.loads(render_json_step(Step("a", Final("b")))))
    assert validator.is_valid({"thought": "a", "action": call})
    assert not validator.is_valid({"thought": "a", "action": {**call, "tool": "postgres-sql__list_schemas"}})
    assert not validator.is_valid({"thought": "a", "action": {**call, "final": "b"}})
    assert not validator.is_valid({"action": call})


def test_gbnf_names_and_texts_are_escaped() -> None:
    class Odd:
        name, raw = "a__b", ""
        schema = {"enum": ['q"\\\n\t\r\x01я']}  # noqa: RUF012

    assert r'"\"q\\\"\\\\\\n\\t\\r\\u0001я\""' in to_gbnf(StepGrammar([Odd()]))


def test_an_answer_that_must_begin_with_an_opening_does_where_text_is_counted() -> None:
    grammar = StepGrammar(openings=("[1] ", "[2] "), thought_chars=None)

    assert 'final ::= ("[1] " | "[2] ") [^' in to_gbnf(grammar)
    begin, opening, *_ = to_structural_tag(grammar)["format"]["elements"]
    assert begin["value"] == "Final: "
    assert [choice["value"] for choice in opening["elements"]] == ["[1] ", "[2] "]
