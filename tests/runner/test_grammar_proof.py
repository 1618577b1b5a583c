"""The proof that no step can go wrong: what is right is let through, and nothing else can be sampled."""

import json
import random
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher
from mcp_types import Tool as McpTool

from ankus_runner.catalogue import Catalogue, build_catalogue, signature, validate
from ankus_runner.constraint import (
    Call,
    Step,
    StepGrammar,
    TruncatedStep,
    parse_json_step,
    parse_step,
    render_json_step,
    render_step,
    to_gbnf,
    to_json_schema,
)
from ankus_runner.constraint.arguments import argument_errors
from ankus_runner.constraint.json_schema import without_lengths
from tests.fixtures.grammar import (
    BYTES,
    Guidance,
    Vocabulary,
    accepts,
    code_graph_catalogue,
    docs_rag_catalogue,
    gbnf_for_guidance,
    gbnf_with_any_keys,
    llguidance_tokenizer,
    postgres_catalogue,
    random_step,
)
from tests.fixtures.llm import LlamaServer, chat
from tests.fixtures.schemas import text, tools

TOKENIZER = llguidance_tokenizer(BYTES)
RAW = gbnf_for_guidance(to_gbnf(StepGrammar(postgres_catalogue().tools, final=False, thought_chars=None)))
STEPS = 200
GENERATED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Generated = tuple[McpTool, st.SearchStrategy[dict[str, Any]]]


def catalogue_of(tool: McpTool) -> Catalogue:
    catalogue = build_catalogue({"any": [tool]})
    assert not catalogue.left_out
    return catalogue


def check(step: Step, catalogue: Catalogue) -> None:
    if isinstance(step.action, Call):
        assert validate(catalogue.find(step.action.name), step.action.arguments) == []


def json_grammar(grammar: StepGrammar) -> str:
    """The JSON dialect for llguidance, without the blanks between tokens with which no sampling would end."""
    options = json.dumps({"whitespace_flexible": False})
    return str(
        LLMatcher.grammar_from_json_schema(json.dumps(to_json_schema(grammar)), overrides=json.loads(options))
    )


@given(tools(), text, st.data())
@GENERATED
def test_every_fitting_call_can_be_written_and_is_read_back(
    tool: Generated, thought: str, data: st.DataObject
) -> None:
    catalogue = catalogue_of(tool[0])
    step = Step(" ".join(f"I {thought}".split()), Call("any__generated", data.draw(tool[1])))
    check(step, catalogue)
    grammar = StepGrammar(catalogue.tools, final=False)
    assert accepts(TOKENIZER, gbnf_with_any_keys(to_gbnf(grammar)), render_step(step))
    assert parse_step(render_step(step)) == step
    assert accepts(TOKENIZER, json_grammar(grammar), render_json_step(step))
    assert parse_json_step(render_json_step(step)) == step


@given(st.lists(text.filter(lambda piece: piece.strip(" \t\n")), min_size=1, max_size=5).map("\n".join))
def test_code_without_backticks_can_be_written_raw(code: str) -> None:
    sql = re.sub(r"`|[ \t\n]{17,}", " x ", code).strip(" \t\n") or "x"
    text = f"Call: postgres-sql__run_query\n```sql\n{sql}\n```"
    assert accepts(TOKENIZER, RAW, text)
    assert parse_step(text).action == Call("postgres-sql__run_query", {"sql": sql})


@pytest.mark.parametrize(
    ("tool", "after", "taken"),
    [
        ("run_query", ' {"max_rows":5}\n```sql\nSELECT 1\n```', True),
        ("run_query", ' {"sql":"SELECT ```"}', True),
        ("run_query", "\n```sql\nSELECT `a`\n```", False),
        ("run_query", "\n```sql\nSELECT 1\n```\nand more", False),
        ("run_query", "\n```sql\nSELECT '```'\n```", False),
        ("run_query", "\n```sql\n \n```", False),
        ("run_query", "\n```python\nSELECT 1\n```", False),
        ("describe_table", "\n```table\norders\n```", False),
    ],
)
def test_only_code_may_stand_in_a_fence_and_once(tool: str, after: str, taken: bool) -> None:
    assert accepts(TOKENIZER, RAW, f"Call: postgres-sql__{tool}{after}") is taken


@given(tools(), st.integers(0, 60), st.randoms(use_true_random=False))
@GENERATED
def test_random_tokens_make_a_valid_call_of_any_tool(tool: Generated, free: int, rng: random.Random) -> None:
    catalogue = catalogue_of(tool[0])
    grammar = gbnf_for_guidance(to_gbnf(StepGrammar(catalogue.tools, thought_chars=8, final=False)))
    step = parse_step(random_step(Guidance(TOKENIZER, grammar), BYTES, rng, free))
    assert isinstance(step.action, Call)
    check(step, catalogue)


@pytest.mark.parametrize(
    "catalogue",
    [postgres_catalogue(), code_graph_catalogue(), docs_rag_catalogue()],
    ids=["postgres", "code", "docs"],
)
def test_200_of_200_steps_of_random_bytes_are_valid(catalogue: Catalogue) -> None:
    rng = random.Random(1)
    grammar = gbnf_for_guidance(to_gbnf(StepGrammar(catalogue.tools, thought_chars=60)))
    seen = set()
    for _ in range(STEPS):
        step = parse_step(random_step(Guidance(TOKENIZER, grammar), BYTES, rng, rng.randrange(120)))
        check(step, catalogue)
        seen.add(step.action.name if isinstance(step.action, Call) else "Final")
    assert seen == {"Final", *(tool.name for tool in catalogue)}


def test_200_of_200_steps_of_random_tokens_of_a_real_vocabulary_are_valid(
    smollm_vocabulary: Vocabulary,
) -> None:
    catalogue, rng = postgres_catalogue(), random.Random(2)
    tokenizer = llguidance_tokenizer(smollm_vocabulary)
    grammar = gbnf_for_guidance(to_gbnf(StepGrammar(catalogue.tools, thought_chars=60)))
    for _ in range(STEPS):
        engine = Guidance(tokenizer, grammar)
        check(parse_step(random_step(engine, smollm_vocabulary, rng, rng.randrange(60))), catalogue)


def test_200_of_200_json_steps_of_random_bytes_are_valid_but_for_lengths() -> None:
    catalogue, rng = postgres_catalogue(), random.Random(3)
    grammar = json_grammar(StepGrammar(catalogue.tools, final=False))
    for _ in range(STEPS):
        action = parse_json_step(
            random_step(Guidance(TOKENIZER, grammar), BYTES, rng, rng.randrange(120))
        ).action
        assert isinstance(action, Call)
        schema = without_lengths(catalogue.find(action.name).schema)
        assert argument_errors(schema, action.arguments) == []


EVERY_TOOL = [*postgres_catalogue().tools, *code_graph_catalogue().tools, *docs_rag_catalogue().tools]


@pytest.mark.parametrize("tool", EVERY_TOOL, ids=lambda tool: tool.name)
def test_every_tool_compiles_in_all_dialects_that_llguidance_knows(tool: Any) -> None:
    grammar = StepGrammar([tool])
    for compiled in (gbnf_for_guidance(to_gbnf(grammar)), json_grammar(grammar)):
        assert LLMatcher.validate_grammar(compiled, TOKENIZER) == ""
    full = LLMatcher.grammar_from_json_schema(json.dumps(tool.full_schema))
    assert LLMatcher.validate_grammar(full, TOKENIZER) == ""


def test_a_tool_that_is_not_offered_cannot_be_written() -> None:
    catalogue = postgres_catalogue()
    offered = [tool for tool in catalogue if tool.tool != "run_query"]
    step = Step("Now.", Call("postgres-sql__run_query", {"sql": "SELECT 1"}))
    everything = gbnf_for_guidance(to_gbnf(StepGrammar(catalogue.tools)))
    without = gbnf_for_guidance(to_gbnf(StepGrammar(offered)))
    assert accepts(TOKENIZER, everything, render_step(step))
    assert not accepts(TOKENIZER, without, render_step(step))


@pytest.mark.parametrize(
    "text",
    [
        'Thought: a\nCall: postgres-sql__run_query {"sql": "SELECT 1"}',
        'Thought: a\nCall: postgres-sql__run_query {"sql":"SELECT 1"}\n',
        'Thought: a\nCall: postgres-sql__run_query {"sql":"SELECT 1","max_rows":-1}',
        'Thought: a\nCall: postgres-sql__run_query {"sql":"SELECT 1","max_rows":1001}',
        'Thought: a\nCall: postgres-sql__run_query {"max_rows":5}',
        'Thought: a\nCall: postgres-sql__run_query {"sql":"a\nb"}',
        'Thought: a\nCall: postgres-sql__run_query {"sql":"\\ud800"}',
        'Thought: a\nCall: postgres-sql__run_query {"sql":""}',
        'Thought: a\nCall: postgres-sql__run_query {"sql":"' + "\\n" * 17 + 'x"}',
        'Thought: a\nCall: postgres-sql__list_schemas {"all":true}',
        "Thought: a\nFinal: ",
        "Thought: a\nFinal: yes\n",
        "Thought: a\nThought: b\nFinal: yes",
        "Thought: \nFinal: yes",
        "Final: yes",
        "Thought: " + "a" * 241 + "\nFinal: yes",
    ],
)
def test_what_is_not_a_step_cannot_be_written(text: str) -> None:
    grammar = gbnf_for_guidance(to_gbnf(StepGrammar(postgres_catalogue().tools)))
    assert not accepts(TOKENIZER, grammar, text)


@pytest.mark.parametrize(
    "text",
    [
        'Thought: a\nCall: postgres-sql__run_query {"sql":"SELECT \\"Имя\\",\\n'
        + " " * 12
        + "E'\\\\n' FROM t\"}",
        'Thought: a\nCall: postgres-sql__run_query {"sql":"SELECT 1","max_rows":1000}',
        "Thought: a\nCall: postgres-sql__list_tables {}",
        "Thought: a\nFinal: one\n\n- two\n\t- three",
        "Thought: " + "ы" * 240 + "\nFinal: да",
    ],
)
def test_what_a_model_needs_can_be_written(text: str) -> None:
    grammar = gbnf_for_guidance(to_gbnf(StepGrammar(postgres_catalogue().tools)))
    assert accepts(TOKENIZER, grammar, text)
    assert render_step(parse_step(text)) == text


def test_limits_end_an_answer_and_a_string_by_themselves() -> None:
    limited = StepGrammar(postgres_catalogue().tools, thought_chars=None, final_chars=5, string_chars=4)
    grammar = gbnf_for_guidance(to_gbnf(limited))
    for step, fits in [
        ("Final: a b c", True),
        ("Final: abcdef", False),
        ('Call: postgres-sql__list_tables {"schema":"abcd"}', True),
        ('Call: postgres-sql__list_tables {"schema":"abcde"}', False),
        ('Call: postgres-sql__describe_table {"table":"abcde"}', False),
    ]:
        assert accepts(TOKENIZER, grammar, step) is fits, step


def test_an_answer_begins_with_an_opening_where_there_are_any() -> None:
    grammar = gbnf_for_guidance(to_gbnf(StepGrammar(openings=("[1] ", "Нет: "), thought_chars=None)))

    assert accepts(TOKENIZER, grammar, "Final: [1] So it is [2].")
    assert accepts(TOKENIZER, grammar, "Final: Нет: ничего.")
    assert not accepts(TOKENIZER, grammar, "Final: So it is [1].")
    assert not accepts(TOKENIZER, grammar, "Final: [1] ")


def test_20_of_20_steps_of_a_real_llama_cpp_at_high_temperature_are_valid(llama_server: LlamaServer) -> None:
    catalogue = postgres_catalogue()
    prompt = "\n".join([*map(signature, catalogue), "How many customers are there? Think, then call a tool."])
    limits: dict[str, Any] = {"thought_chars": 40, "final_chars": 40, "string_chars": 30}
    for seed in range(20):
        grammar = to_gbnf(StepGrammar(catalogue.tools, final=seed % 4 == 0, **limits))
        choice = chat(llama_server, prompt, grammar=grammar, temperature=1.3, seed=seed, max_tokens=300)
        assert choice["finish_reason"] == "stop", choice
        check(parse_step(choice["message"]["content"]), catalogue)


@given(tools())
@settings(GENERATED, max_examples=15, suppress_health_check=list(HealthCheck))
def test_llama_cpp_reads_the_grammar_of_any_tool(llama_server: LlamaServer, tool: Generated) -> None:
    grammar = to_gbnf(StepGrammar(catalogue_of(tool[0]).tools))
    assert chat(llama_server, "Hi", grammar=grammar, max_tokens=1)["finish_reason"] == "length"


def test_llama_cpp_reads_the_largest_limits(llama_server: LlamaServer) -> None:
    largest = StepGrammar(postgres_catalogue().tools, thought_chars=1500, final_chars=1500, string_chars=1500)
    assert chat(llama_server, "Hi", grammar=to_gbnf(largest), max_tokens=1)["finish_reason"] == "length"


def test_a_call_cut_off_by_the_token_limit_is_recognised(llama_server: LlamaServer) -> None:
    grammar = to_gbnf(StepGrammar(postgres_catalogue().tools[3:4], final=False, thought_chars=None))
    choice = chat(llama_server, "Count the customers.", grammar=grammar, max_tokens=6, temperature=0)
    assert choice["finish_reason"] == "length"
    with pytest.raises(TruncatedStep):
        parse_step(choice["message"]["content"])
