"""Which servers of mcp.json a profile uses; the others are not started."""

import re

from ankus_runner.config import HostConfig
from ankus_runner.errors import ConfigError
from ankus_runner.profile import Profile

_WILDCARD = re.compile(r"[*?\[]")


def needed(config: HostConfig, profile: Profile) -> HostConfig:
    """The servers that the profile's `tools`, `prelude` and `on_question` name, in the order of mcp.json.

    A pattern names every server of which a tool could match it: `*` names all, `code-graph__*` one.

    Raises:
        ConfigError: One of these names or patterns can be a tool of no server of mcp.json.
    """
    calls = (*profile.prelude, *profile.on_question)
    patterns = (*profile.tools, *(call.tool for call in calls))
    named = {server for pattern in patterns for server in _servers(pattern, config, profile)}
    chosen = {name: spec for name, spec in config.mcpServers.items() if name in named}
    return config.model_copy(update={"mcpServers": chosen})


def _servers(pattern: str, config: HostConfig, profile: Profile) -> list[str]:
    literal = _WILDCARD.split(pattern)[0]
    known = config.mcpServers
    # a wildcard behind the literal may stand for the rest of a server's name
    found = [name for name in known if literal.startswith(f"{name}__")]
    if literal != pattern:
        found += [name for name in known if f"{name}__".startswith(literal)]
    if not found:
        raise ConfigError(
            f"The profile '{profile.name}' uses {pattern}, and mcp.json has no MCP server of that name.",
            hint=f"It has {', '.join(known)}.",
        )
    return found
