"""Several models as one: each step is asked of the first that can answer it, and every decision is told.

A model that fails, or whose breaker is open, is passed over; where there is a cascade, so is one whose step
does not pass its checks (Chen et al., "FrugalGPT", 2023: a cheap model first, judged by what costs nothing).
Each model has its own dialect, so that a step is read by the one that wrote it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import anyio

from ankus_runner.binding import Binding
from ankus_runner.endpoints import Models
from ankus_runner.errors import EndpointError, ModelsFailedError, UnguardedError
from ankus_runner.events import MODEL_CALLS, Listener, ModelDecided, Warned, nobody, only
from ankus_runner.link import Link, Request, Told, Written
from ankus_runner.model import Message
from ankus_runner.stream import Usage

SECOND_SAMPLE_TEMPERATURE = 0.7
"""At 0 a second sample would be the first."""


Sample = Callable[[], Awaitable[Written]]
Verify = Callable[[Written, Sample], Awaitable[str]]
"""Why a step should be written by the next model, "" for no reason; may ask for a second sample of it."""


@dataclass
class Chain:
    """Models in the order in which they are asked. See `open_chain`."""

    links: Sequence[Link]
    cascade: Sequence[str] = ()
    plan_tool: str = ""

    async def prepare(self, listener: Listener = nobody) -> None:
        """Prove every model side by side; those that fail are told, and tried again when they are needed.

        Raises:
            EndpointError: None can be used; with one model it is that model's own error.
            UnguardedError: The only model obeys no grammar.
        """
        failures: dict[str, EndpointError | UnguardedError] = {}

        async def prove(link: Link) -> None:
            try:
                await link.bound()
            except (EndpointError, UnguardedError) as error:
                failures[link.spec.name] = error

        async with anyio.create_task_group() as group:
            for link in self.links:
                group.start_soon(prove, link)
        if len(failures) == len(self.links):
            raise _all_failed(failures)
        for name, error in failures.items():
            listener(Warned(f"The model '{name}' cannot be used now: {error}"))

    @property
    def binding(self) -> Binding:
        """Of the first model that has been proved."""
        return next(link.binding for link in self.links if link.binding is not None)

    @property
    def thinking_tokens(self) -> int:
        """What a step needs in the context besides its own tokens, for a thought."""
        return max(link.spec.thinking_tokens or 0 for link in self.links)

    async def tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of a prompt by the model that would be asked; see `Tokens.of`."""
        ready = (link for link in self.links if link.model.breaker.state != "open")
        return await next(ready, self.links[0]).tokens.of(messages)

    async def complete(
        self, request: Request, *, listener: Listener = nobody, verify: Verify | None = None
    ) -> Written:
        """Let the first model that can write the next step.

        Args:
            request: What to write.
            listener: Told of text, progress and decisions; what it is shown of an attempt that comes to
                nothing is taken back by a StepDiscarded.
            verify: Judges a step of any model but the last.

        Raises:
            EndpointError: None can; with one model it is that model's own error.
        """
        told, asked, links = Told(listener), _Asked(), self._asked_for(request.models)
        for link, after in zip(links, [*links[1:], None], strict=True):
            try:
                written = asked.count(await link.write(request, told))
            except (EndpointError, UnguardedError) as error:
                asked.failures[link.spec.name] = error
                told.decided(link.spec.name, _passed(after) if after else "fails", str(error))
                continue
            if verify is None or after is None:
                return asked.whole(written)
            complaint = await verify(written, partial(self._sample, link, request, asked, listener))
            if not complaint:
                told.listener(ModelDecided(link.spec.name, "is taken", "its step passed the checks"))
                return asked.whole(written)
            asked.refused = written
            told.decided(link.spec.name, _passed(after), complaint)
        return self._least_bad(asked, told)

    def _asked_for(self, names: Sequence[str]) -> Sequence[Link]:
        named = {link.spec.name: link for link in self.links}
        return [named[name] for name in names] or self.links

    async def aclose(self) -> None:
        """Close the connections."""
        for link in self.links:
            await link.model.aclose()

    async def _sample(self, link: Link, request: Request, asked: "_Asked", listener: Listener) -> Written:
        warmer = replace(request, temperature=max(request.temperature, SECOND_SAMPLE_TEMPERATURE))
        return asked.count(await link.write(warmer, Told(only(listener, *MODEL_CALLS))))

    def _least_bad(self, asked: "_Asked", told: Told) -> Written:
        """A step that did not pass, where nothing better can be had: the loop judges it as any other."""
        if asked.refused is None:
            raise _all_failed(asked.failures)
        told.text(asked.refused.text)
        told.listener(ModelDecided(asked.refused.model, "is taken", "the models behind it failed"))
        return asked.whole(asked.refused)


@dataclass
class _Asked:
    """What has been tried for one step, and what it cost."""

    usage: Usage = field(default_factory=Usage)
    refused: Written | None = None
    failures: dict[str, EndpointError | UnguardedError] = field(default_factory=dict)

    def count(self, written: Written) -> Written:
        self.usage += written.usage
        return written

    def whole(self, written: Written) -> Written:
        return replace(written, usage=self.usage)


def _passed(after: Link) -> str:
    return f"is passed over for {after.spec.name}"


def _all_failed(failures: Mapping[str, EndpointError | UnguardedError]) -> EndpointError | UnguardedError:
    """The error of the only model, or one that names each with its cause."""
    if len(failures) == 1:
        return next(iter(failures.values()))
    causes = " ".join(f"{name}: {error}" for name, error in failures.items())
    return ModelsFailedError(f"No model can be used. {causes}")


def open_chain(models: Models) -> Chain:
    """A chain of the models of a file, with their keys.

    Raises:
        SettingsError: A key's file cannot be read or is empty.
    """
    return Chain([Link(spec, spec.key()) for spec in models.models], models.cascade, models.plan_tool)
