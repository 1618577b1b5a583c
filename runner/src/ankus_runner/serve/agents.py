"""The agents of a server: one a profile, over the same MCP servers and the same engine."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from ankus_runner.config import HostConfig
from ankus_runner.hosts import open_hosts
from ankus_runner.loop import Agent
from ankus_runner.memory.memory import Memory
from ankus_runner.needed import needed
from ankus_runner.parts import assemble
from ankus_runner.profile import Profile
from ankus_runner.routes import check_routes
from ankus_runner.serve.running import Prepared
from ankus_runner.session import Endpoint, catalogue_of, chain_of, engine_of
from ankus_runner.tasks import side_by_side


@asynccontextmanager
async def open_agents(
    endpoints: Mapping[str, Endpoint],
    config: HostConfig,
    profiles: Sequence[Profile],
    memory: Memory | None = None,
) -> AsyncGenerator[dict[str, Prepared]]:
    """Start the model and the servers that any profile uses, and prepare each agent.

    Args:
        endpoints: The models of each profile, by its name; an embedded one is started once, for all.
        memory: What is known of users, for profiles that remember.

    Raises:
        RunnerError: Any of its subclasses: a model, a server or a grammar is not to be had.
    """
    largest = max(profiles, key=lambda profile: profile.limits.context_tokens)
    servers = _needed_by_any(config, profiles)
    async with (
        side_by_side(engine_of(endpoints[largest.name], largest), open_hosts(servers)) as (engine, hosts),
        AsyncExitStack() as stack,
    ):
        catalogue = await catalogue_of(hosts)
        found = dict[str, Prepared]()
        for profile in profiles:
            model = chain_of(endpoints[profile.name], engine)
            stack.push_async_callback(model.aclose)
            check_routes(profile.routes, [link.spec.name for link in model.links])
            await model.prepare()
            agent = Agent(assemble(model, hosts, catalogue, profile, memory=memory))
            await agent.prepare()
            found[profile.name] = Prepared(agent, model.links[0].spec.name)
        yield found


def _needed_by_any(config: HostConfig, profiles: Iterable[Profile]) -> HostConfig:
    named = {name for profile in profiles for name in needed(config, profile).mcpServers}
    chosen = {name: spec for name, spec in config.mcpServers.items() if name in named}
    return config.model_copy(update={"mcpServers": chosen})
