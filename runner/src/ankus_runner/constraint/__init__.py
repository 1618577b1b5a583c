"""The grammar of the agent's step: what the model may write next, and how what it wrote is read.

A `StepGrammar` says which tools and which endings are allowed now. It is written down for three kinds of
engine, one module each, and what comes back is parsed into a `Step`:

    StepGrammar ─┬─ to_gbnf             llama.cpp's `grammar`, vLLM's `structured_outputs.grammar`
                 ├─ to_structural_tag   vLLM with xgrammar, by `response_format`
                 └─ to_json_schema      any OpenAI-compatible server, by `response_format`
    answer ──────── parse_step, parse_json_step ──── Step(thought, Call | Final)
"""

from ankus_runner.constraint.gbnf import to_gbnf
from ankus_runner.constraint.grammar import NothingAllowed, StepGrammar
from ankus_runner.constraint.json_schema import to_json_schema
from ankus_runner.constraint.step import (
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
from ankus_runner.constraint.structural_tag import to_structural_tag
from ankus_runner.constraint.subset import UnsupportedSchema, normalise

__all__ = [
    "Call",
    "Final",
    "MalformedStep",
    "NothingAllowed",
    "Step",
    "StepGrammar",
    "TruncatedStep",
    "UnsupportedSchema",
    "normalise",
    "parse_json_step",
    "parse_step",
    "render_json_step",
    "render_step",
    "to_gbnf",
    "to_json_schema",
    "to_structural_tag",
]
