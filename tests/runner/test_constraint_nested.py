"""A grammar within a JSON string of a step."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.constraint import (
    Call,
    Step,
    StepGrammar,
    parse_step,
    render_step,
    to_gbnf,
    to_structural_tag,
)
from ankus_runner.constraint.gbnf import literal
from ankus_runner.constraint.nested import UnsupportedGrammar, nest
from tests.fixtures.grammar import BYTES, accepts, gbnf_for_guidance, llguidance_tokenizer

TOKENIZER = llguidance_tokenizer(BYTES)
HINTS = """root ::= hint (" " hint)*
hint ::= word "(" name (" " name)* ")"
word ::= "HashJoin" | "SeqScan"
name ::= "o" | "\\"Odd\\"" | [a-c] [0-9]+"""


@dataclass
class Bound:
    """A tool whose one list of texts is bound."""

    gbnf: str
    name: str = "a__b"
    raw: str = ""
    schema: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        texts = {"type": "array", "items": {"type": "string", "gbnf": self.gbnf}, "minItems": 1}
        self.schema = {"type": "object", "properties": {"sets": texts}, "required": ["sets"]}


def grammar(gbnf: str) -> StepGrammar:
    return StepGrammar([Bound(gbnf)], final=False, thought_chars=None)


@pytest.mark.parametrize(
    ("sets", "fits"),
    [
        (["HashJoin(o a1)"], True),
        (['HashJoin(o "Odd") SeqScan(b22)', "SeqScan(o)"], True),
        (["HashJoin(x)"], False),
        (["HashJoin(o, a1)"], False),
        ([""], False),
        ([], False),
    ],
)
def test_only_what_the_grammar_lets_through_can_be_written(sets: list[str], fits: bool) -> None:
    step = render_step(Step("", Call("a__b", {"sets": sets})))
    assert accepts(TOKENIZER, gbnf_for_guidance(to_gbnf(grammar(HINTS))), step) is fits


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('"\\\n\t/'), min_size=1))
def test_any_literal_is_read_back_as_it_was_meant(text: str) -> None:
    step = Step("", Call("a__b", {"sets": [text]}))
    assert accepts(
        TOKENIZER, gbnf_for_guidance(to_gbnf(grammar(f"root ::= {literal(text)}"))), render_step(step)
    )
    assert parse_step(render_step(step)) == step


def test_the_structural_tag_is_bound_alike() -> None:
    assert "HashJoin" in str(to_structural_tag(grammar(HINTS)))


@pytest.mark.parametrize("gbnf", ["", "no rule", "root ::= [^a]", r"root ::= [\"]", r"root ::= [\\]"])
def test_what_cannot_be_put_into_json_is_refused(gbnf: str) -> None:
    with pytest.raises(UnsupportedGrammar):
        nest(gbnf, "n-")
