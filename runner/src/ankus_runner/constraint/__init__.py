"""The grammar of the agent's step: what the model may write next, and how what it wrote is read.

A `StepGrammar` says which tools and which endings are allowed now. It is written down for three kinds of
engine, one module each, and what comes back is parsed into a `Step`:

    StepGrammar ─┬─ to_gbnf             llama.cpp's `grammar`, vLLM's `structured_outputs.grammar`
                 ├─ to_structural_tag   vLLM with xgrammar, by `response_format`
                 └─ to_json_schema      any OpenAI-compatible server, by `response_format`
    answer ──────── parse_step, parse_json_step ──── Step(thought, Call | Final)

A `PlanGrammar` is the same for a whole plan of calls (`plan.py`, `plan_dialects.py`).
"""

from ankus_runner.constraint.gbnf import to_gbnf
from ankus_runner.constraint.grammar import NothingAllowed, StepGrammar
from ankus_runner.constraint.json_schema import to_json_schema
from ankus_runner.constraint.plan import (
    Plan,
    PlanGrammar,
    PlannedCall,
    parse_json_plan,
    parse_plan,
    render_json_plan,
    render_json_planned,
    render_plan,
    render_planned,
)
from ankus_runner.constraint.plan_dialects import plan_to_gbnf, plan_to_json_schema, plan_to_structural_tag
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
    "Plan",
    "PlanGrammar",
    "PlannedCall",
    "Step",
    "StepGrammar",
    "TruncatedStep",
    "UnsupportedSchema",
    "normalise",
    "parse_json_plan",
    "parse_json_step",
    "parse_plan",
    "parse_step",
    "plan_to_gbnf",
    "plan_to_json_schema",
    "plan_to_structural_tag",
    "render_json_plan",
    "render_json_planned",
    "render_json_step",
    "render_plan",
    "render_planned",
    "render_step",
    "to_gbnf",
    "to_json_schema",
    "to_structural_tag",
]
