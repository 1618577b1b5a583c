"""A rule is checked before it runs, and its form is what grammar engines understand."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from llguidance import LLMatcher, gbnf_to_lark

from ankus_code_graph.suspicious.compiled import compile_rule
from ankus_code_graph.suspicious.errors import BadRule, UnknownRule
from ankus_code_graph.suspicious.grammar import gbnf_grammar, lark_grammar, rule_schema, tool_schema
from ankus_code_graph.suspicious.packs import all_rules, choose, read_rule
from ankus_code_graph.suspicious.prompts import write_rule_prompt
from ankus_code_graph.suspicious.report import trial

GOOD: dict[str, Any] = {
    "id": "no-goto",
    "title": "A goto",
    "severity": "note",
    "why": "It is hard to read.",
    "fix": "Write a loop.",
    "queries": ["(goto_statement) @hit"],
}


def wrong(**changes: Any) -> str:
    with pytest.raises(BadRule) as caught:
        compile_rule(read_rule(GOOD | changes))
    return str(caught.value)


def test_a_rule_of_ones_own_is_tried_on_code() -> None:
    answer = trial(compile_rule(read_rule(GOOD)), "void f(void)\n{\n\tgoto end;\nend:\n\treturn;\n}\n")
    assert answer.structured["lines"] == [3]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("(goto_stmt) @hit", "line 1, column 2"),
        ("\n\n  (call_expression nofield: (_)) @hit", "line 3"),
        ("((goto_statement) @hit (#not-any-of? @hit 'a'))", "unknown predicate #not-any-of?"),
        ("(goto_statement", "queries[0]"),
        ("(goto_statement) @other", "captures no @hit"),
        ('((identifier) @hit (#match? @hit "("))', "queries[0]"),
    ],
)
def test_a_wrong_query_is_refused_with_its_place(query: str, said: str) -> None:
    assert said in wrong(queries=[query])


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"kind": "nonsense"}, "unknown kind"),
        ({"kind": "inside", "query": "(if_statement) @found"}, "captures no @scope"),
        ({"kind": "type_of", "capture": "v", "matches": "int"}, "no capture @v"),
        ({"kind": "type_of", "capture": "hit", "matches": "("}, "position 0"),
        ({"kind": "type_of", "capture": "hit"}, "neither matches nor not_matches"),
        ({"kind": "contains", "query": "(x) @found"}, "conditions[0].query"),
        ({"kind": "contains", "query": "(identifier) @found", "unless": "x"}, "unless"),
        ({"kind": "reaches", "capture": "hit", "any_of": [], "depth": 2}, "any_of"),
    ],
)
def test_a_wrong_condition_is_refused_in_words_of_its_own_kind(condition: dict[str, Any], said: str) -> None:
    message = wrong(conditions=[condition])
    assert said in message
    assert "Inside" not in message or "inside" in str(condition)


@pytest.mark.parametrize(
    "changes", [{"id": "Not An Id"}, {"severity": "fatal"}, {"queries": []}, {"extra": 1}]
)
def test_a_wrong_key_is_named(changes: dict[str, Any]) -> None:
    assert next(iter(changes)) in wrong(**changes)


def test_rules_are_chosen_by_id_pack_and_severity() -> None:
    assert [rule.id for rule in choose(["double-free"])] == ["double-free"]
    assert len(choose(["c-memory"])) > 5
    assert {rule.severity for rule in choose([], "error")} == {"error"}
    with pytest.raises(UnknownRule, match="double-free"):
        choose(["double-fre"])


def test_our_own_rules_fit_the_schema_that_models_get() -> None:
    for schema in (rule_schema(), tool_schema()):
        Draft202012Validator.check_schema(schema)
        assert not {"$ref", "$defs", "patternProperties", "oneOf"} & set(
            re.findall(r'"([$\w]+)":', json.dumps(schema))
        )
        for rule in all_rules():
            Draft202012Validator(schema).validate(rule.model_dump(exclude_defaults=True) | {"id": rule.id})


def test_engines_compile_the_grammars() -> None:
    assert not LLMatcher.validate_grammar(LLMatcher.grammar_from_lark(lark_grammar()))
    assert not LLMatcher.validate_grammar(
        LLMatcher.grammar_from_lark(gbnf_to_lark.gbnf_to_lark(gbnf_grammar()))
    )


def test_the_examples_of_the_prompt_are_rules_that_work() -> None:
    text = write_rule_prompt("calls of abort")
    assert "calls of abort" in text
    examples = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    code = """
void f(Buffer buffer, char *s, bool early)
{
	int n;
	size_t m;

	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	n = strlen(s);
	m = strlen(s);
	if (early)
		return;
	UnlockReleaseBuffer(buffer);
}
"""
    lines = [trial(compile_rule(read_rule(example)), code).structured["lines"] for example in examples]
    assert lines == [[7], [8]]
