"""Everything that one run needs, opened side by side and closed in order: engine, servers, agent."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ankus_runner.binding import Dialect
from ankus_runner.catalogue import Catalogue, build_catalogue
from ankus_runner.chain import Chain, open_chain
from ankus_runner.config import HostConfig
from ankus_runner.conversation import History
from ankus_runner.conversations.errors import NothingUnfinishedError
from ankus_runner.conversations.resuming import answered
from ankus_runner.conversations.state import Unanswered, resumed
from ankus_runner.embedded import Engine, embedded_engine
from ankus_runner.endpoints import Models, Price, single
from ankus_runner.errors import EngineError
from ankus_runner.events import RunBegan, Warned, told
from ankus_runner.hooks import Hooks, KeepNothing
from ankus_runner.hosts import Hosts, open_hosts
from ankus_runner.link import Link
from ankus_runner.loop import Agent
from ankus_runner.memory.memory import Memory
from ankus_runner.needed import needed
from ankus_runner.outcome import Outcome
from ankus_runner.parts import assemble
from ankus_runner.profile import Profile
from ankus_runner.routes import check_routes
from ankus_runner.run import Run
from ankus_runner.states import state_key
from ankus_runner.tasks import side_by_side

After = Callable[[], Awaitable[None]] | None


@dataclass(frozen=True)
class Endpoint:
    """Where the model is: an OpenAI-compatible server, a GGUF file for the embedded llama.cpp, or several."""

    base_url: str = ""
    name: str = ""
    api_key: str | None = None
    gguf: Path | None = None
    dialect: Dialect | None = None
    unguarded: bool = False
    price: Price = field(default_factory=Price)
    models: Models | None = None
    """Chosen and in their order (see `endpoints.Models.chosen`), instead of a single one."""


@dataclass
class Session:
    """A prepared agent; with the embedded engine its prompt is restored from disk and saved there.

    `ask` answers a question by itself; `say` one of a conversation, which may refer to those before it.
    """

    agent: Agent
    dialect: Dialect
    model: str
    """The name of the model that is asked first."""
    hooks: Hooks
    _engine: Engine | None
    earlier: History = field(default_factory=History)
    """The conversation so far; emptied, it begins anew."""
    unfinished: Unanswered | None = None
    """Its question that was interrupted."""

    async def ask(self, question: str) -> Outcome:
        """Answer one question by itself, which is not kept; see `Agent.ask`."""
        run = self.agent.begin(
            question, History(), replace(self.hooks, keeper=KeepNothing(), conversation="")
        )
        return await self._told(run, self.agent.go_on(run, self._save()))

    async def say(self, question: str) -> Outcome:
        """Answer the next question of the conversation; see `Agent.ask`."""
        run = self.agent.begin(question, self.earlier, self.hooks)
        first = self._save() if not self.earlier else None
        return await self._told(run, answered(self.agent, run, after_first_step=first))

    async def finish(self) -> Outcome:
        """Answer the question that was interrupted, from where that was; see `Agent.ask`.

        Raises:
            NothingUnfinishedError: There is none.
        """
        kept, self.unfinished = self.unfinished, None
        if kept is None:
            raise NothingUnfinishedError("No question of this conversation is unfinished.", hint="Ask one.")
        self.agent.parts.policy.admit(self.hooks)
        run = resumed(kept, self.earlier, self.agent.profile.limits, self.hooks)
        return await self._told(run, answered(self.agent, run, kept.pending))

    async def _told(self, run: Run, answering: Awaitable[Outcome]) -> Outcome:
        hooks = run.hooks
        began = RunBegan(
            run.question, self.agent.profile, self.model, run.run_id, hooks.user, hooks.conversation
        )
        return await told(hooks.tell, began, answering)

    def _save(self) -> After:
        """What saves the evaluated prompt once it is evaluated, for the next run of the same prompt."""
        engine = self._engine
        if engine is None:
            return None

        async def save() -> None:
            try:
                await engine.save_state(_state_key(engine, self.agent))
            except EngineError as error:
                self.hooks.tell(Warned(str(error)))  # the answer does not depend on it

        return save


@asynccontextmanager
async def open_session(
    endpoint: Endpoint,
    config: HostConfig,
    profile: Profile,
    hooks: Hooks | None = None,
    memory: Memory | None = None,
) -> AsyncGenerator[Session]:
    """Start the model and the MCP servers at the same time, prove the grammar, and prepare the prompt.

    Of the servers of `config` only those are started that the profile uses.

    Args:
        hooks: What stands beside each run.
        memory: What is known of users, for a profile that remembers.

    Raises:
        RunnerError: Any of its subclasses: the model, a server or the grammar is not to be had.
    """
    servers, hooks = needed(config, profile), hooks or Hooks()
    async with side_by_side(_engine(endpoint, profile), open_hosts(servers)) as (engine, hosts):
        model = _chain(endpoint, engine)
        check_routes(profile.routes, [link.spec.name for link in model.links])
        try:
            await model.prepare(hooks.tell)
            agent = Agent(assemble(model, hosts, await _catalogue(hosts), profile, memory=memory))
            await agent.prepare(hooks)
            if engine is not None:
                await engine.restore_state(_state_key(engine, agent))
            yield Session(agent, model.binding.dialect, model.links[0].spec.name, hooks, engine)
        finally:
            await model.aclose()


def _state_key(engine: Engine, agent: Agent) -> str:
    return state_key(engine.model, engine.context_tokens, agent.prefix)


def _engine(endpoint: Endpoint, profile: Profile) -> AbstractAsyncContextManager[Engine | None]:
    if endpoint.gguf is None:
        return nullcontext()
    return embedded_engine(endpoint.gguf, context_tokens=profile.limits.context_tokens)


def _chain(endpoint: Endpoint, engine: Engine | None) -> Chain:
    if endpoint.models is not None:
        return open_chain(endpoint.models)
    how: dict[str, Any] = {
        "dialect": endpoint.dialect or "auto",
        "unguarded": endpoint.unguarded,
        "price": endpoint.price,
    }
    if engine is not None:
        spec = single(engine.base_url, name=engine.model.stem, **how)
        return Chain([Link(spec, engine.api_key, extra={"return_progress": True})])
    spec = single(endpoint.base_url, model=endpoint.name, **how)
    return Chain([Link(spec, endpoint.api_key, "Set ANKUS_API_KEY.")])


async def _catalogue(hosts: Hosts) -> Catalogue:
    return build_catalogue({name: server.tools for name, server in hosts.servers.items()})
