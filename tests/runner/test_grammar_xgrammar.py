"""The same proof under xgrammar, vLLM's default engine; it pulls torch, so `make test-xgrammar` runs it."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankus_runner.catalogue import Tool, build_catalogue, validate
from ankus_runner.constraint import (
    Call,
    PlanGrammar,
    Step,
    StepGrammar,
    parse_plan,
    parse_step,
    plan_to_gbnf,
    plan_to_json_schema,
    plan_to_structural_tag,
    render_step,
    to_gbnf,
    to_json_schema,
    to_structural_tag,
)
from tests.fixtures.grammar import Vocabulary, postgres_catalogue, random_step
from tests.fixtures.schemas import tools

xgrammar: Any = pytest.importorskip("xgrammar", reason="xgrammar is not installed: make test-xgrammar")
pytestmark = pytest.mark.xgrammar


class XGrammar:
    """xgrammar in the middle of a step."""

    def __init__(self, compiled: Any) -> None:
        self.matcher = xgrammar.GrammarMatcher(compiled)
        self.bits = xgrammar.allocate_token_bitmask(1, compiled.tokenizer_info.vocab_size)

    def mask(self) -> bytes:
        self.matcher.fill_next_token_bitmask(self.bits)
        return bytes(self.bits.numpy().tobytes())

    def take(self, token: int) -> None:
        assert self.matcher.accept_token(token)


@pytest.fixture(scope="module")
def compiler(smollm_vocabulary: Vocabulary) -> Any:
    tokens = [
        token.decode() if number in smollm_vocabulary.special else token
        for number, token in enumerate(smollm_vocabulary.tokens)
    ]
    information = xgrammar.TokenizerInfo(
        tokens, vocab_type=xgrammar.VocabType.RAW, stop_token_ids=[smollm_vocabulary.eos]
    )
    return xgrammar.GrammarCompiler(information, max_threads=1)


def compiled_tag(compiler: Any, grammar: StepGrammar) -> Any:
    return compiler.compile_structural_tag(json.dumps(to_structural_tag(grammar)))


def accepts(compiled: Any, text: str) -> bool:
    matcher = xgrammar.GrammarMatcher(compiled)
    return bool(matcher.accept_string(text)) and bool(matcher.is_completed())


def test_200_of_200_steps_of_random_tokens_are_valid(compiler: Any, smollm_vocabulary: Vocabulary) -> None:
    catalogue, rng = postgres_catalogue(), random.Random(1)
    compiled = compiled_tag(compiler, StepGrammar(catalogue.tools))
    for _ in range(200):
        step = parse_step(random_step(XGrammar(compiled), smollm_vocabulary, rng, rng.randrange(80)))
        if isinstance(step.action, Call):
            assert validate(catalogue.find(step.action.name), step.action.arguments) == []


@given(tools(), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_fitting_call_can_be_written(compiler: Any, tool: Any, data: st.DataObject) -> None:
    catalogue = build_catalogue({"any": [tool[0]]})
    step = Step("I see.", Call("any__generated", data.draw(tool[1])))
    assert accepts(compiled_tag(compiler, StepGrammar(catalogue.tools, final=False)), render_step(step))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (
            'Thought: a\nCall: postgres-sql__run_query {"sql":"SELECT \\"Имя\\",\\nE\'\\\\\'","max_rows":9}',
            True,
        ),
        ('Thought: a\nCall: postgres-sql__run_query {"sql":"\\ud800"}', False),
        ('Thought: a\nCall: postgres-sql__run_query {"sql":""}', False),
        ('Thought: a\nCall: postgres-sql__run_query {"sql":"a","max_rows":1001}', False),
        ('Thought: a\nCall: postgres-sql__run_query {   "sql":"a"}', False),
        ("Thought: a\nCall: postgres-sql__drop_all {}", False),
        ("Thought: a\nFinal: one\n\ntwo", True),
        ("Thought: a\nFinal: ", False),
        ("Thought: a\nFinal: b\nThought: c", False),
        ("Thought: \nFinal: b", False),
        ("Thought: " + "я" * 240 + "\nFinal: b", True),
        ("Thought: " + "я" * 241 + "\nFinal: b", False),
        ("Final: b", False),
    ],
)
def test_steps_are_written_and_nothing_else(compiler: Any, text: str, fits: bool) -> None:
    assert accepts(compiled_tag(compiler, StepGrammar(postgres_catalogue().tools)), text) is fits


@pytest.mark.parametrize("tool", postgres_catalogue().tools, ids=lambda tool: tool.name)
def test_every_tool_compiles_in_all_dialects(compiler: Any, tool: Tool) -> None:
    for grammar in (StepGrammar([tool]), StepGrammar([tool], final=False, thought_chars=None)):
        for compiled in (
            compiled_tag(compiler, grammar),
            compiler.compile_grammar(to_gbnf(grammar)),
            compiler.compile_json_schema(json.dumps(to_json_schema(grammar))),
        ):
            assert compiled.memory_size_bytes > 0
            assert not accepts(compiled, "Call: none {}")


def plan_grammar(**more: Any) -> PlanGrammar:
    shown = postgres_catalogue().tools
    return PlanGrammar(shown, [tool.output for tool in shown], **more)


def test_20_of_20_plans_of_random_tokens_are_plans(compiler: Any, smollm_vocabulary: Vocabulary) -> None:
    rng, grammar = random.Random(2), plan_grammar(steps=3, string_chars=4, thought_chars=None)
    compiled, lengths = compiler.compile_structural_tag(json.dumps(plan_to_structural_tag(grammar))), set()
    for _ in range(20):
        plan = parse_plan(random_step(XGrammar(compiled), smollm_vocabulary, rng, rng.randrange(200)))
        lengths.add(len(plan.steps))
    assert lengths == {1, 2, 3}


def test_only_the_name_of_an_earlier_step_can_be_sampled_in_a_reference(
    compiler: Any, smollm_vocabulary: Vocabulary
) -> None:
    tag = plan_to_structural_tag(plan_grammar(thought_chars=None))
    engine = XGrammar(compiler.compile_structural_tag(json.dumps(tag)))
    begun = 'E1 = postgres-sql__list_tables {}\nE2 = postgres-sql__get_result {"result_id":$E'
    assert engine.matcher.accept_string(begun)

    mask = engine.mask()

    allowed = [t for i, t in enumerate(smollm_vocabulary.tokens) if mask[i >> 3] >> (i & 7) & 1]
    assert allowed
    assert all(token.startswith(b"1") and not token[1:2].isdigit() for token in allowed)


@pytest.mark.parametrize(
    ("second", "fits"),
    [
        ('postgres-sql__get_result {"result_id":$E1/result_id}', True),
        ('postgres-sql__get_result {"result_id":$["r",$E1]}', True),
        ('postgres-sql__get_result {"result_id":$E2}', False),
        ('postgres-sql__run_query {"sql":$E1}', False),
        ("postgres-sql__drop_all {}", False),
    ],
)
def test_a_plan_is_written_and_nothing_else(compiler: Any, second: str, fits: bool) -> None:
    grammar = plan_grammar()
    tag = compiler.compile_structural_tag(json.dumps(plan_to_structural_tag(grammar)))
    plan = f'Thought: a\nE1 = postgres-sql__run_query {{"sql":"SELECT 1"}}\nE2 = {second}'

    assert accepts(tag, plan) is fits
    assert accepts(compiler.compile_grammar(plan_to_gbnf(grammar)), plan) is fits


def test_a_plan_is_written_as_json_too(compiler: Any) -> None:
    compiled = compiler.compile_json_schema(json.dumps(plan_to_json_schema(plan_grammar(thought_chars=None))))
    first = '{"plan": {"E1": {"tool": "postgres-sql__run_query", "arguments": {"sql": "SELECT 1"}}'
    second = '"E2": {"tool": "postgres-sql__get_result", "arguments": {"result_id": {"$step": "E%s"}}}'

    assert accepts(compiled, f"{first}, {second % 1}}}}}")
    assert not accepts(compiled, f"{first}, {second % 2}}}}}")
