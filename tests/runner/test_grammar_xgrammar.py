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
    Step,
    StepGrammar,
    parse_step,
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
