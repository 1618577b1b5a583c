"""How an endpoint is made to obey a grammar, and the proof at start that it does.

vLLM and llama.cpp both answer 200 to fields that they do not know and generate without any constraint,
so nothing is believed: each dialect is asked to force a random word, and the first that does is used.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from ankus_runner.constraint import (
    Plan,
    PlanGrammar,
    PlannedCall,
    Step,
    StepGrammar,
    parse_json_plan,
    parse_json_step,
    parse_plan,
    parse_step,
    plan_to_gbnf,
    plan_to_json_schema,
    plan_to_structural_tag,
    render_json_planned,
    render_planned,
    to_gbnf,
    to_json_schema,
    to_structural_tag,
)
from ankus_runner.errors import EndpointError, UnguardedError
from ankus_runner.model import ChatModel, Message
from ankus_runner.thinking import merged

Engine = Literal["llama.cpp", "vllm", "other"]
Dialect = Literal["gbnf", "structural_tag", "json_schema", "none"]
G = TypeVar("G", StepGrammar, PlanGrammar)

PREFERRED: dict[Engine, tuple[Dialect, ...]] = {
    "llama.cpp": ("gbnf", "json_schema"),
    "vllm": ("structural_tag", "gbnf", "json_schema"),
    "other": ("json_schema", "structural_tag", "gbnf"),
}


@dataclass(frozen=True)
class Binding:
    """How requests to one endpoint are bound to a grammar.

    `none` is used only where a person asked for it: steps are then parsed and validated all the same.
    """

    engine: Engine
    dialect: Dialect

    def fields(self, grammar: StepGrammar | PlanGrammar) -> dict[str, Any]:
        """The request fields that bind an answer to `grammar`."""
        if isinstance(grammar, PlanGrammar):
            return self._fields(grammar, plan_to_gbnf, plan_to_structural_tag, plan_to_json_schema)
        return self._fields(grammar, to_gbnf, to_structural_tag, to_json_schema)

    def _fields(
        self,
        grammar: G,
        gbnf: Callable[[G], str],
        structural_tag: Callable[[G], dict[str, Any]],
        json_schema: Callable[[G], dict[str, Any]],
    ) -> dict[str, Any]:
        if self.dialect == "gbnf":
            return self._gbnf(gbnf(grammar))
        if self.dialect == "structural_tag":
            return {"response_format": structural_tag(grammar)}
        return _json_schema(json_schema(grammar)) if self.dialect == "json_schema" else {}

    def forced(self, word: str) -> dict[str, Any]:
        """The request fields under which the answer can only be `word` (as JSON for json_schema)."""
        if self.dialect == "gbnf":
            return self._gbnf(f'root ::= "{word}"')
        if self.dialect == "structural_tag":
            tag = {"type": "structural_tag", "format": {"type": "const_string", "value": word}}
            return {"response_format": tag}
        if self.dialect == "json_schema":
            return _json_schema(
                {
                    "type": "object",
                    "properties": {"word": {"type": "string", "const": word}},
                    "required": ["word"],
                    "additionalProperties": False,
                }
            )
        return {}

    def read(self, text: str) -> Step:
        """Parse a step that was generated under this binding.

        Raises:
            MalformedStep: The text is no step.
        """
        return parse_json_step(text) if self.dialect == "json_schema" else parse_step(text)

    def read_plan(self, text: str) -> Plan:
        """Parse a plan that was generated under this binding.

        Raises:
            MalformedStep: The text is no plan.
        """
        return parse_json_plan(text) if self.dialect == "json_schema" else parse_plan(text)

    def rendered(self, step: PlannedCall) -> str:
        """A call of a plan as the step that it would be otherwise."""
        return render_json_planned(step) if self.dialect == "json_schema" else render_planned(step)

    def _gbnf(self, grammar: str) -> dict[str, Any]:
        if self.engine == "vllm":
            return {"structured_outputs": {"grammar": grammar}}
        return {"grammar": grammar}


def _json_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "step", "strict": True, "schema": dict(schema)},
        }
    }


async def detect_engine(model: ChatModel) -> Engine:
    """Which server this is, by the pages that only it has.

    Raises:
        EndpointError: The server cannot be reached, or refuses the key.
    """
    props = await model.get("/props")
    if props is not None and "default_generation_settings" in props:
        return "llama.cpp"
    models = await model.get("/v1/models") or {}
    entries = models.get("data") or []
    if any(isinstance(entry, dict) and entry.get("owned_by") == "vllm" for entry in entries):
        return "vllm"
    return "other"


async def find_binding(
    model: ChatModel,
    *,
    dialect: Dialect | None = None,
    unguarded: bool = False,
    fields: Callable[[Engine], Mapping[str, Any]] = lambda _: {},
    thinking_tokens: int = 0,
) -> Binding:
    """The first dialect that the endpoint is proved to obey.

    Args:
        dialect: Try only this one.
        unguarded: Go on without any grammar where none is obeyed.
        fields: Further fields of each request, by engine: the proof is of what will be sent.
        thinking_tokens: What the model may think in a place of its own before it obeys.

    Raises:
        EndpointError: The server cannot be reached, or refuses the key.
        UnguardedError: The endpoint obeys none of them, and `unguarded` is not set.
    """
    engine = await detect_engine(model)
    tried = (dialect,) if dialect is not None else PREFERRED[engine]
    for candidate in tried:
        binding = Binding(engine, candidate)
        if await _obeys(model, binding, fields(engine), thinking_tokens):
            return binding
    if unguarded:
        return Binding(engine, "none")
    raise UnguardedError(
        f"The endpoint {model.root} ({engine}) obeys no grammar; tried {', '.join(tried)}.",
        hint="Use a server with structured outputs (vLLM, llama.cpp), or run with --unguarded.",
    )


async def _obeys(model: ChatModel, binding: Binding, fields: Mapping[str, Any], thinking_tokens: int) -> bool:
    word = secrets.token_hex(4)
    ask: list[Message] = [{"role": "user", "content": "Hi"}]
    try:
        constraint = merged(fields, binding.forced(word))
        answer = await model.complete(ask, max_tokens=48 + thinking_tokens, constraint=constraint)
    except EndpointError as error:
        if error.status not in (400, 422):
            raise
        return False  # the server knows the field and refuses this form of it
    text = answer.text.strip()
    if binding.dialect != "json_schema":
        return text == word
    return _is_forced_json(text, word)


def _is_forced_json(text: str, word: str) -> bool:
    try:
        return bool(json.loads(text) == {"word": word})
    except json.JSONDecodeError:
        return False
