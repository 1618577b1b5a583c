"""mcp.json: which MCP servers there are and how each is started or reached.

The form is the one that Claude Desktop and Cursor read: `{"mcpServers": {NAME: {...}}}`, where a server
is a program (`command`, `args`, `env`, `cwd`) or an address (`url`, `headers`).
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from ankus_runner.errors import ConfigError

OWN_SECRETS = frozenset({"ANKUS_API_KEY"})
"""Variables of the runner itself, which no server is given."""


class Program(BaseModel):
    """A server that we start and speak to over its standard input and output."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = Field(min_length=1)
    args: tuple[str, ...] = ()
    env: dict[str, str] = Field(default_factory=dict)
    cwd: str | None = None


class Address(BaseModel):
    """A server that runs already, reached by Streamable HTTP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^https?://")
    headers: dict[str, str] = Field(default_factory=dict)


def _kind(value: Any) -> str:
    return "url" if isinstance(value, dict) and "url" in value else "command"


ServerSpec = Annotated[
    Annotated[Program, Tag("command")] | Annotated[Address, Tag("url")], Discriminator(_kind)
]


class HostConfig(BaseModel):
    """The whole of mcp.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mcpServers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")], ServerSpec] = Field(
        min_length=1
    )


def read_config(path: Path) -> HostConfig:
    """Read and check an mcp.json.

    Raises:
        ConfigError: The file is missing, is no JSON, or holds a key or value that is not in the form.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"There is no {path}.", hint="Name one with --mcp FILE.") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ConfigError(" ".join(f"{path} cannot be read as JSON: {error}.".split())) from error
    try:
        return HostConfig.model_validate(content)
    except ValidationError as error:
        raise ConfigError(" ".join(f"{path}: {_first_problem(error)}".split())) from error


def _first_problem(error: ValidationError) -> str:
    """One sentence for the first of pydantic's complaints, with the place and, for a key, the known ones."""
    problem = error.errors()[0]
    place = ".".join(
        str(part) for part in problem["loc"] if part not in ("command", "url") or problem["loc"][-1] == part
    )
    if problem["type"] == "extra_forbidden":
        known = {1: "mcpServers"}.get(len(problem["loc"]), "command, args, env, cwd, or url, headers")
        return f"unknown key '{place}'; known here: {known}."
    return f"{place or 'the file'}: {problem['msg'].lower()}."


def executable(name: str, spec: Program) -> str:
    """The absolute path of a server's program: beside this Python first, then on the PATH.

    Raises:
        ConfigError: There is no such program.
    """
    beside = Path(sys.executable).parent
    found = shutil.which(spec.command, path=f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if found is None:
        raise ConfigError(
            f"mcp.json: the command '{spec.command}' of server '{name}' does not exist.",
            hint="Install it, write its absolute path, or take the server out.",
        )
    return str(Path(found).absolute())


def environment(spec: Program, own: Mapping[str, str]) -> dict[str, str]:
    """What a server's process is given beyond the basics: our ANKUS_* and XDG_* variables, then its `env`."""
    passed = {
        key: value
        for key, value in own.items()
        if key.startswith(("ANKUS_", "XDG_", "LC_")) and key not in OWN_SECRETS
    }
    return passed | spec.env


def for_client(config: HostConfig, client: str) -> dict[str, Any]:
    """The same servers as JSON for a host's own settings file, with absolute paths.

    Args:
        client: "claude" or "cursor" (key `mcpServers`), or "vscode" (key `servers`, each with a `type`).
    """
    servers = {name: _entry(name, spec, typed=client == "vscode") for name, spec in config.mcpServers.items()}
    return {"servers" if client == "vscode" else "mcpServers": servers}


def _entry(name: str, spec: Program | Address, *, typed: bool) -> dict[str, Any]:
    if isinstance(spec, Address):
        return ({"type": "http"} if typed else {}) | spec.model_dump(exclude_defaults=True)
    entry = spec.model_dump(exclude_defaults=True, mode="json") | {"command": executable(name, spec)}
    return ({"type": "stdio"} if typed else {}) | entry
