"""The proof that no plan can go wrong: what is right is let through, and nothing else can be sampled."""

import json
import random
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher
from mcp_types import Tool as McpTool
from mcp_types import ToolAnnotations

from ankus_runner.catalogue import Catalogue, Tool, build_catalogue
from ankus_runner.constraint import (
    Call,
    MalformedStep,
    Plan,
    PlanGrammar,
    PlannedCall,
    TruncatedStep,
    parse_json_plan,
    parse_plan,
    plan_to_gbnf,
    plan_to_json_schema,
    plan_to_structural_tag,
    render_json_plan,
    render_plan,
)
from ankus_runner.errors import ConfigError
from ankus_runner.plan import Known, problems
from ankus_runner.referring import referred
from tests.fixtures.grammar import (
    BYTES,
    Guidance,
    accepts,
    gbnf_for_guidance,
    llguidance_tokenizer,
    postgres_catalogue,
    random_step,
)
from tests.fixtures.llm import LlamaServer, chat
from tests.fixtures.schemas import tools

TOKENIZER = llguidance_tokenizer(BYTES)
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
READS = ToolAnnotations(read_only_hint=True)

ROWS = {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}}
FOUND = {"type": "object", "properties": {"count": {"type": "integer"}, "rows": ROWS}, "required": ["count"]}


def mcp_tool(name: str, output: dict[str, Any] | None = None, **properties: Any) -> McpTool:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return McpTool(name=name, input_schema=schema, output_schema=output, annotations=READS)


TOYS = build_catalogue(
    {
        "toy": [
            mcp_tool("find", FOUND, word={"type": "string"}),
            mcp_tool("take", None, number={"type": "integer", "minimum": 0}, words={"type": "array"}),
            mcp_tool("run", None, sql={"type": "string", "contentMediaType": "application/sql"}),
            mcp_tool("pick", None, colour={"enum": ["red", "green"]}),
            mcp_tool("free", None, any={}, map={"type": "object", "additionalProperties": True}),
        ]
    }
)


def grammar_of(catalogue: Catalogue, **more: Any) -> PlanGrammar:
    return PlanGrammar(catalogue.tools, [tool.output for tool in catalogue], **more)


def known(catalogue: Catalogue, earlier: dict[str, Tool] | None = None) -> Known:
    return Known({tool.name: tool for tool in catalogue}, earlier or {}, {})


def json_grammar(grammar: PlanGrammar) -> str:
    schema = json.dumps(plan_to_json_schema(grammar))
    return str(LLMatcher.grammar_from_json_schema(schema, overrides={"whitespace_flexible": False}))


def takes(plan: str, grammar: PlanGrammar | None = None) -> bool:
    grammar = grammar or grammar_of(TOYS, thought_chars=None)
    return accepts(TOKENIZER, gbnf_for_guidance(plan_to_gbnf(grammar)), plan)


def check_order(plan: Plan, earlier: tuple[str, ...] = ()) -> None:
    names = [step.name for step in plan.steps]
    for number, step in enumerate(plan.steps):
        assert referred(step.call.arguments) <= {*earlier, *names[:number]}


def test_80_of_80_plans_of_random_bytes_are_right_and_refer_back_only() -> None:
    rng, grammar = random.Random(1), grammar_of(TOYS, thought_chars=20, steps=4, string_chars=20)
    compiled, references, seen = gbnf_for_guidance(plan_to_gbnf(grammar)), 0, set()
    for _ in range(80):
        plan = parse_plan(random_step(Guidance(TOKENIZER, compiled), BYTES, rng, rng.randrange(400)))
        check_order(plan)
        wrong = [line for line in problems(plan, known(TOYS)) if "is the same call" not in line]
        assert all(re.search(r": E\d+/", line) for line in wrong)  # a part that another tool's result has
        references += sum(len(referred(step.call.arguments)) for step in plan.steps)
        seen |= {step.call.name for step in plan.steps}
    assert references > 10
    assert seen == {tool.name for tool in TOYS}


def test_plans_that_go_on_refer_to_what_succeeded_and_to_nothing_that_failed() -> None:
    rng = random.Random(2)
    grammar = grammar_of(TOYS, thought_chars=None, steps=2, first=4, earlier=("E1", "E3"), string_chars=8)
    compiled, named = gbnf_for_guidance(plan_to_gbnf(grammar)), set()
    for _ in range(40):
        plan = parse_plan(random_step(Guidance(TOKENIZER, compiled), BYTES, rng, rng.randrange(300)))
        check_order(plan, ("E1", "E3"))
        assert plan.steps[0].name == "E4"
        named |= {name for step in plan.steps for name in referred(step.call.arguments)}
    assert {"E1", "E3"} <= named <= {"E1", "E3", "E4"}


def test_40_of_40_json_plans_of_random_bytes_are_plans_that_leave_no_step_out() -> None:
    rng, grammar = random.Random(3), grammar_of(TOYS, steps=3, thought_chars=None, may_be_empty=True)
    compiled, lengths = json_grammar(grammar), set()
    for _ in range(40):
        plan = parse_json_plan(random_step(Guidance(TOKENIZER, compiled), BYTES, rng, rng.randrange(300)))
        check_order(plan)
        assert [step.name for step in plan.steps] == ["E1", "E2", "E3"][: len(plan.steps)]
        lengths.add(len(plan.steps))
    assert lengths > {0, 1}


@given(tools(), tools(), st.integers(0, 150), st.randoms(use_true_random=False))
@FEW
def test_random_tokens_make_a_right_plan_of_any_tools(
    one: tuple[McpTool, Any], other: tuple[McpTool, Any], free: int, rng: random.Random
) -> None:
    result = one[0].input_schema
    both = [
        one[0].model_copy(update={"output_schema": result}),
        other[0].model_copy(update={"name": "other"}),
    ]
    catalogue = build_catalogue({"any": both})
    assert not catalogue.left_out
    grammar = grammar_of(catalogue, steps=3, thought_chars=None, string_chars=12)
    text = random_step(Guidance(TOKENIZER, gbnf_for_guidance(plan_to_gbnf(grammar))), BYTES, rng, free)
    plan = parse_plan(text)
    check_order(plan)
    assert parse_plan(render_plan(plan)) == plan == parse_json_plan(render_json_plan(plan))


@pytest.mark.parametrize(
    ("second", "taken"),
    [
        ('toy__find {"word":$E1}', True),
        ('toy__find {"word":$E1/rows/0/name}', True),
        ('toy__find {"word":$E1/rows/x/name}', True),  # of a tool that says nothing
        ('toy__find {"word":$["a ",$E1," b"]}', True),
        ('toy__find {"word":$E2}', False),
        ('toy__find {"word":$E3}', False),
        ("toy__find $E1", False),
        ('toy__take {"number":$E1/count,"words":[$E1,"x"]}', True),
        ('toy__take {"number":$E1/rows,"words":[]}', False),
        ('toy__take {"number":$E1,"words":[]}', False),
        ('toy__take {"number":1,"words":$E1/rows}', True),
        ('toy__run {"sql":$E1}', False),
        ('toy__run {"sql":$["SELECT ",$E1]}', False),
        ('toy__run {"sql":$["SELECT ",$E1/count]}', True),
        ('toy__pick {"colour":$E1}', False),
        ('toy__pick {"colour":"red"}', True),
        ('toy__free {"any":$E1,"map":{}}', True),
        ('toy__free {"any":1,"map":$E9}', False),
        ('toy__free {"any":1,"map":{"a":$E9}}', False),
        ('toy__free {"any":1,"map":{"a$":"$"}}', True),
        ("toy__gone {}", False),
    ],
)
def test_a_reference_stands_only_where_its_type_fits(second: str, taken: bool) -> None:
    assert takes(f'E1 = toy__find {{"word":"a"}}\nE2 = {second}') is taken


def test_the_first_step_refers_to_nothing_and_the_last_is_the_last() -> None:
    step = 'toy__find {"word":"a"}'
    two = grammar_of(TOYS, thought_chars=None, steps=2)
    assert takes(f"E1 = {step}\nE2 = {step}", two)
    assert not takes(f"E1 = {step}\nE2 = {step}\nE3 = {step}", two)
    assert not takes('E1 = toy__find {"word":$E1}', two)
    assert not takes("Nothing to call.", two)
    assert takes("Nothing to call.", grammar_of(TOYS, thought_chars=None, may_be_empty=True))


@pytest.mark.parametrize("thought", [None, 40])
def test_a_tool_that_is_not_offered_is_in_no_dialect(thought: int | None) -> None:
    grammar = grammar_of(Catalogue(TOYS.tools[:2]), thought_chars=thought)
    for written in (plan_to_gbnf(grammar), plan_to_structural_tag(grammar), plan_to_json_schema(grammar)):
        text = written if isinstance(written, str) else json.dumps(written)
        assert "toy__take" in text
        assert "toy__run" not in text
        assert ("hought" in text) is bool(thought)


def test_the_tag_for_xgrammar_is_a_thought_and_one_grammar() -> None:
    tag = plan_to_structural_tag(grammar_of(TOYS))["format"]
    assert [part["type"] for part in tag["elements"]] == ["const_string", "regex", "any_text", "grammar"]
    steps = gbnf_for_guidance(tag["elements"][-1]["grammar"])
    assert accepts(TOKENIZER, steps, '\nE1 = toy__find {"word":"a"}')


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", MalformedStep),
        ("I would search.", MalformedStep),
        ("Thought: x", TruncatedStep),
        ('Thought: x\nE1 = toy__find {"word":"a', TruncatedStep),
        ("E1 = toy__fi", TruncatedStep),
        ("E1 = toy__find 5", MalformedStep),
        ("E1 = t {}\nE1 = t {}", MalformedStep),
        ('E1 = t {"a":1,"a":2}', MalformedStep),
    ],
)
def test_what_is_no_plan_is_refused(text: str, error: type[MalformedStep]) -> None:
    with pytest.raises(error):
        parse_plan(text)


@pytest.mark.parametrize(
    "text",
    ['{"plan":{"E1":{"tool":"t"}}}', '{"plan":{"x":{"tool":"t","arguments":{}}}}', '{"plan":[]}', "{}"],
)
def test_what_is_no_json_plan_is_refused(text: str) -> None:
    with pytest.raises(MalformedStep):
        parse_json_plan(text)


def test_a_persons_spelling_is_read_too() -> None:
    text = 'E1 = t {"a": 1}\nE2=t {\n  "b": {"$step": "E1"}\n}\n'
    assert parse_plan(text) == Plan(
        "", (PlannedCall("E1", Call("t", {"a": 1})), PlannedCall("E2", Call("t", {"b": {"$step": "E1"}})))
    )


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"steps": 21}, {"thought_chars": 0}, {"tools": ()}])
def test_limits_that_contradict_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        PlanGrammar(**{"tools": TOYS.tools, **wrong})


def test_llama_cpp_reads_the_largest_plan_in_both_its_dialects(llama_server: LlamaServer) -> None:
    catalogue = postgres_catalogue()
    grammar = grammar_of(catalogue, steps=8, thought_chars=None)
    for fields in (
        {"grammar": plan_to_gbnf(grammar)},
        {"response_format": {"type": "json_schema", "json_schema": {"schema": plan_to_json_schema(grammar)}}},
    ):
        assert chat(llama_server, "Hi", max_tokens=1, **fields)["finish_reason"] == "length"
