"""The agents of a server: one a profile and set of tools, over the same MCP servers and the same engine."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from fnmatch import fnmatchcase

from ankus_runner.catalogue import Catalogue
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

Tools = tuple[str, ...]
"""Patterns of the tools that a key allows."""


@asynccontextmanager
async def open_agents(
    endpoints: Mapping[str, Endpoint],
    config: HostConfig,
    profiles: Sequence[Profile],
    allowed: Iterable[Tools],
    memory: Memory | None = None,
) -> AsyncGenerator[dict[tuple[str, Tools], Prepared]]:
    """Start the model and the servers that any profile uses, and prepare each agent.

    Args:
        endpoints: The models of each profile, by its name; an embedded one is started once, for all.
        allowed: The sets of tools that keys allow; an agent is prepared for each.
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
        found = dict[tuple[str, Tools], Prepared]()
        for profile in profiles:
            model = chain_of(endpoints[profile.name], engine)
            stack.push_async_callback(model.aclose)
            check_routes(profile.routes, [link.spec.name for link in model.links])
            await model.prepare()
            for tools in dict.fromkeys(allowed):
                if (narrowed := _narrowed(profile, catalogue, tools)) is not None:
                    agent = Agent(assemble(model, hosts, catalogue, narrowed, memory=memory))
                    await agent.prepare()
                    found[profile.name, tools] = Prepared(agent, model.links[0].spec.name)
        yield found


def _needed_by_any(config: HostConfig, profiles: Iterable[Profile]) -> HostConfig:
    named = {name for profile in profiles for name in needed(config, profile).mcpServers}
    chosen = {name: spec for name, spec in config.mcpServers.items() if name in named}
    return config.model_copy(update={"mcpServers": chosen})


def _narrowed(profile: Profile, catalogue: Catalogue, allowed: Tools) -> Profile | None:
    """The profile with those of its tools that are allowed; None where it makes calls that are not.

    Raises:
        ConfigError: It names a tool that no server has.
    """

    def may(name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in allowed)

    tools = tuple(tool.name for tool in catalogue.allowed(profile.tools).tools if may(tool.name))
    made = (*profile.prelude, *profile.on_question)
    if not tools or not all(may(call.tool) for call in made):
        return None
    return profile if allowed == ("*",) else profile.model_copy(update={"tools": tools})
