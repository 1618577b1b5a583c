"""One model of a chain: proved before it is used, asked in its own dialect, and told of by its listener."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import anyio

from ankus_runner.binding import Binding, find_binding
from ankus_runner.constraint import Plan, PlanGrammar, Step, StepGrammar
from ankus_runner.endpoints import ModelSpec
from ankus_runner.errors import RunnerError
from ankus_runner.events import (
    Listener,
    ModelAnswered,
    ModelAsked,
    ModelDecided,
    ModelFailed,
    PromptRead,
    StepDiscarded,
    TextArrived,
)
from ankus_runner.model import ChatModel, Completion, Message
from ankus_runner.resilience import Breaker
from ankus_runner.thinking import Thinking, ThinkingTooLong, merged, thinking_fields, thinking_grammar
from ankus_runner.tokens import Tokens


@dataclass(frozen=True)
class Request:
    """What a model is asked for: the next step or a plan, after these messages, within this grammar."""

    messages: Sequence[Message]
    grammar: StepGrammar | PlanGrammar
    max_tokens: int
    temperature: float = 0.0
    models: tuple[str, ...] = ()
    """Which ones are asked, in their order; all of the chain by default."""


@dataclass(frozen=True)
class Written(Completion):
    """A step in the dialect of the model that wrote it; `usage` is of all that was tried."""

    model: str
    binding: Binding

    def step(self) -> Step:
        """The step that the text is.

        Raises:
            MalformedStep: It is none.
        """
        return self.binding.read(self.text)

    def plan(self) -> Plan:
        """The plan that the text is.

        Raises:
            MalformedStep: It is none.
        """
        return self.binding.read_plan(self.text)


@dataclass
class Told:
    """A listener that knows whether text was shown that must be taken back if its attempt fails."""

    listener: Listener
    shown: bool = False

    def text(self, text: str) -> None:
        self.shown = True
        self.listener(TextArrived(text))

    def decided(self, model: str, decision: str, reason: str) -> None:
        self.listener(ModelDecided(model, decision, reason))
        if self.shown:
            self.listener(StepDiscarded(reason))
            self.shown = False


class Link:
    """One model of a chain, its binding proved before it is used for the first time.

    Args:
        spec: The model.
        api_key: The key of its endpoint.
        key_hint: What to do where that is refused.
        extra: Fields that every request carries besides the spec's own.
        breaker: By default one of its own.
    """

    def __init__(
        self,
        spec: ModelSpec,
        api_key: str | None = None,
        key_hint: str = "",
        extra: Mapping[str, Any] | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self.spec = spec
        self.model = ChatModel(
            spec.base_url,
            spec.model,
            api_key=api_key,
            extra=extra,
            key_hint=key_hint or f"Set the key_file of the model '{spec.name}'.",
            timeouts=spec.timeouts,
            retries=spec.retries,
            breaker=breaker or Breaker(spec.breaker),
        )
        self.tokens = Tokens(self.model)
        self.binding: Binding | None = None
        self._proving = anyio.Lock()

    async def bound(self) -> Binding:
        """How it is bound to a grammar, proved once.

        Raises:
            EndpointError: The server cannot be reached, or refuses the key.
            UnguardedError: It obeys no grammar.
        """
        async with self._proving:
            if self.binding is None:
                dialect = None if self.spec.dialect == "auto" else self.spec.dialect
                self.binding = await find_binding(
                    self.model,
                    dialect=dialect,
                    unguarded=self.spec.unguarded,
                    fields=lambda engine: self._fields(engine, self.spec.thinking),
                    thinking_tokens=self.spec.thinking_tokens or 0,
                )
        return self.binding

    async def write(self, request: Request, told: Told) -> Written:
        """Write a step; a thought that goes over its budget is ended, and the step asked for without one."""
        if self.model.breaker.state == "half-open":
            told.decided(self.spec.name, "is tried", "its rest is over")
        binding = await self.bound()
        try:
            return await self._write(request, binding, self.spec.thinking, told)
        except ThinkingTooLong as error:
            told.decided(self.spec.name, "does not think", str(error))
            return await self._write(request, binding, "off", told)

    async def _write(self, request: Request, binding: Binding, thinking: Thinking, told: Told) -> Written:
        budget = self.spec.thinking_tokens if thinking == "budget" else None
        grammar = thinking_grammar(request.grammar, thinking)
        max_tokens, name = request.max_tokens + (budget or 0), self.spec.name
        told.listener(ModelAsked(name, request.messages, max_tokens, request.temperature))
        try:
            done = await self.model.complete(
                request.messages,
                max_tokens=max_tokens,
                temperature=request.temperature,
                constraint=merged(self._fields(binding.engine, thinking), binding.fields(grammar)),
                thinking_tokens=budget,
                on_text=told.text,
                on_prompt=lambda read, total: told.listener(PromptRead(read, total)),
                on_retry=lambda error: told.decided(name, "is asked again", str(error)),
            )
        except RunnerError as error:
            told.listener(ModelFailed(name, str(error)))
            raise
        done = replace(done, usage=replace(done.usage, cost=self.spec.price.cost(done.usage)))
        told.listener(ModelAnswered(name, done))
        return Written(**vars(done), model=name, binding=binding)

    def _fields(self, engine: str, thinking: Thinking) -> dict[str, Any]:
        cache = {"cache_prompt": self.spec.prompt_cache} if engine == "llama.cpp" else {}
        switched = thinking_fields(engine, thinking, self.spec.thinking_tokens or 0)
        return merged(cache, switched, self.spec.fields)
