"""Who may use what: a file with the profiles, servers and tools of each user.

[users.ann]
profiles = ["assistant"]            # what is left out is not restricted, and [] allows none
servers = ["postgres-sql"]
tools = ["postgres-sql__*"]

[users."*"]                         # whoever has no entry; without this one, they may use nothing
tools = []
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ankus_runner.catalogue import Tool, matches
from ankus_runner.errors import ConfigError, NotAllowedError

ANYBODY = "*"


class Allowed(BaseModel):
    """What one user may use; shell patterns of names, None for all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profiles: tuple[str, ...] | None = None
    servers: tuple[str, ...] | None = None
    tools: tuple[str, ...] | None = None
    """Full names `server__tool`."""

    def profile(self, name: str) -> bool:
        """Whether a profile may be used."""
        return self.profiles is None or matches(name, self.profiles)

    def tool(self, tool: Tool) -> bool:
        """Whether a tool may be called."""
        server = self.servers is None or matches(tool.server, self.servers)
        return server and (self.tools is None or matches(tool.name, self.tools))

    def check(self, user: str, tool: Tool) -> None:
        """The second wall, behind the grammar.

        Raises:
            NotAllowedError: The tool may not be called.
        """
        if not self.tool(tool):
            raise NotAllowedError(f"The user '{user}' may not call {tool.name}.")


EVERYTHING = Allowed()
NOTHING = Allowed(profiles=(), servers=(), tools=())


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    users: dict[str, Allowed]


@dataclass(frozen=True)
class Access:
    """What each user may use."""

    users: Mapping[str, Allowed]

    def of(self, user: str) -> Allowed:
        """What a user may use: their own entry, else that of `*`, else nothing."""
        return self.users.get(user) or self.users.get(ANYBODY) or NOTHING


FREE = Access({ANYBODY: EVERYTHING})
"""Where there is no file."""


def read_access(path: Path) -> Access:
    """Read and check a file of who may use what.

    Raises:
        ConfigError: The file is missing or wrong; the message names the place.
    """
    try:
        return Access(_File.model_validate(tomllib.loads(path.read_text("utf-8"))).users)
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise ConfigError(f"{path}: {place}: {problem['msg'].lower()}.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(" ".join(f"{path} cannot be read as TOML: {error}.".split())) from error
