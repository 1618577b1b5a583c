"""Everything that one run needs, opened side by side and closed in order: engine, servers, agent."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from ankus_runner.binding import Dialect, find_binding
from ankus_runner.catalogue import Catalogue, build_catalogue
from ankus_runner.config import HostConfig
from ankus_runner.conversation import Exchange
from ankus_runner.embedded import Engine, embedded_engine
from ankus_runner.errors import EngineError
from ankus_runner.events import Listener, RunBegan, Warned, nobody, told
from ankus_runner.hosts import Hosts, open_hosts
from ankus_runner.loop import Agent
from ankus_runner.model import ChatModel
from ankus_runner.needed import needed
from ankus_runner.profile import Profile
from ankus_runner.run import Outcome
from ankus_runner.states import state_key
from ankus_runner.tasks import side_by_side


@dataclass(frozen=True)
class Endpoint:
    """Where the model is: an OpenAI-compatible server, or a GGUF file for the embedded llama.cpp."""

    base_url: str = ""
    name: str = ""
    api_key: str | None = None
    gguf: Path | None = None
    dialect: Dialect | None = None
    unguarded: bool = False


@dataclass
class Session:
    """A prepared agent; with the embedded engine its prompt is restored from disk and saved there.

    `ask` answers a question by itself; `say` one of a conversation, which may refer to those before it.
    """

    agent: Agent
    dialect: Dialect
    _engine: Engine | None
    _listener: Listener
    model: str
    """The model's name."""
    earlier: list[Exchange] = field(default_factory=list)
    """The conversation so far; emptied, it begins anew."""

    async def ask(self, question: str) -> Outcome:
        """Answer one question; see `Agent.ask`."""
        asked = self.agent.ask(question, after_first_step=self._save())
        return await told(self._listener, self._began(question), asked)

    async def say(self, question: str) -> Outcome:
        """Answer the next question of the conversation; see `Agent.ask`."""
        first = self._save() if not self.earlier else None
        asked = self.agent.ask(question, earlier=self.earlier, after_first_step=first)
        return await told(self._listener, self._began(question), asked)

    def _began(self, question: str) -> RunBegan:
        return RunBegan(question, self.agent.profile, self.model)

    def _save(self) -> Callable[[], Awaitable[None]] | None:
        """What saves the evaluated prompt once it is evaluated, for the next run of the same prompt."""
        engine = self._engine
        if engine is None:
            return None

        async def save() -> None:
            try:
                await engine.save_state(_state_key(engine, self.agent))
            except EngineError as error:
                self._listener(Warned(str(error)))  # the answer does not depend on it

        return save


@asynccontextmanager
async def open_session(
    endpoint: Endpoint, config: HostConfig, profile: Profile, listener: Listener = nobody
) -> AsyncGenerator[Session]:
    """Start the model and the MCP servers at the same time, prove the grammar, and prepare the prompt.

    Of the servers of `config` only those are started that the profile uses.

    Raises:
        RunnerError: Any of its subclasses: the model, a server or the grammar is not to be had.
    """
    servers = needed(config, profile)
    async with side_by_side(_engine(endpoint, profile), open_hosts(servers)) as (engine, hosts):
        model = _chat_model(endpoint, engine)
        try:
            binding = await find_binding(model, dialect=endpoint.dialect, unguarded=endpoint.unguarded)
            agent = Agent(model, binding, hosts, await _catalogue(hosts), profile, listener)
            await agent.prepare()
            if engine is not None:
                await engine.restore_state(_state_key(engine, agent))
            yield Session(agent, binding.dialect, engine, listener, _model_name(endpoint))
        finally:
            await model.aclose()


def _state_key(engine: Engine, agent: Agent) -> str:
    return state_key(engine.model, engine.context_tokens, agent.prefix)


def _engine(endpoint: Endpoint, profile: Profile) -> AbstractAsyncContextManager[Engine | None]:
    if endpoint.gguf is None:
        return nullcontext()
    return embedded_engine(endpoint.gguf, context_tokens=profile.limits.context_tokens)


def _chat_model(endpoint: Endpoint, engine: Engine | None) -> ChatModel:
    if engine is None:
        return ChatModel(endpoint.base_url, endpoint.name, api_key=endpoint.api_key)
    extra = {"cache_prompt": True, "return_progress": True}
    return ChatModel(engine.base_url, api_key=engine.api_key, extra=extra)


def _model_name(endpoint: Endpoint) -> str:
    return endpoint.name or (endpoint.gguf.stem if endpoint.gguf else "(the only one)")


async def _catalogue(hosts: Hosts) -> Catalogue:
    return build_catalogue({name: server.tools for name, server in hosts.servers.items()})
