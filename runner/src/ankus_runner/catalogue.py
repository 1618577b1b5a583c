"""The tools of all servers as one typed list: in a fixed order, named `server__tool`, fit for a grammar."""

import difflib
import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_types import Tool as McpTool
from mcp_types import ToolAnnotations

from ankus_runner.constraint.arguments import argument_errors, readable_schema
from ankus_runner.constraint.shorthand import one_line, parameters
from ankus_runner.constraint.subset import UnsupportedSchema, normalise
from ankus_runner.errors import ConfigError, RunnerError

LONGEST_NAME = 64
"""Longest `server__tool`; what chat APIs accept as the name of a function."""
BUILT_IN = "ankus"
"""The server's name in those of the runner's own tools."""
_NAME = re.compile(r"[A-Za-z0-9_./-]+")


class UnknownTool(RunnerError):
    """Raised when a name or a pattern fits no tool of the catalogue; the hint names the nearest."""

    code = "unknown_tool"


@dataclass(frozen=True)
class Tool:
    """One tool of one server.

    Attributes:
        name: `server__tool`, at most 64 characters.
        server, tool: The two parts of the name, as their owners write them.
        description: What the server says about it, on one line; text from outside.
        schema: Its arguments in the subset that grammar engines get right (`constraint.subset`).
        full_schema: Its arguments as the server describes them; calls are validated against this.
        raw: The argument that a text step may hold raw in a fence: the one required string whose schema has a
            `contentMediaType` (JSON Schema 2020-12, Validation, 8.4), such as application/sql; else "".
        read_only, destructive: The server's own hints; False and True where it gives none, as MCP says.
        output: Its structured result in the same subset, None where the server says nothing about it.
    """

    name: str
    server: str
    tool: str
    description: str
    schema: Mapping[str, Any]
    full_schema: Mapping[str, Any]
    raw: str = ""
    read_only: bool = False
    destructive: bool = True
    output: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class LeftOut:
    """A tool that no grammar can be made for, and why; it is not offered to the model."""

    name: str
    reason: str


class Catalogue:
    """Tools in a fixed order, so that prompts and grammars begin alike from step to step.

    Attributes:
        tools: What can be offered.
        left_out: What cannot, with the reason.
    """

    def __init__(self, tools: Iterable[Tool], left_out: Iterable[LeftOut] = ()) -> None:
        self.tools = tuple(tools)
        self.left_out = tuple(left_out)
        self._by_name = {tool.name: tool for tool in self.tools}

    def __iter__(self) -> Iterator[Tool]:
        return iter(self.tools)

    def __len__(self) -> int:
        return len(self.tools)

    def find(self, name: str) -> Tool:
        """The tool of that full name.

        Raises:
            UnknownTool: There is none.
        """
        tool = self._by_name.get(name)
        if tool is None:
            raise UnknownTool(f"There is no tool {name!r}.", hint=self._nearest(name))
        return tool

    def allowed(self, patterns: Sequence[str]) -> "Catalogue":
        """The tools whose names match a shell pattern such as `postgres-sql__*`, in this catalogue's order.

        Raises:
            UnknownTool: A pattern matches no tool at all, not even one that is left out.
        """
        known = [*self._by_name, *(entry.name for entry in self.left_out)]
        for pattern in patterns:
            if not fnmatch.filter(known, pattern):
                raise UnknownTool(f"No tool matches {pattern!r}.", hint=self._nearest(pattern))
        return Catalogue(
            [tool for tool in self.tools if matches(tool.name, patterns)],
            [entry for entry in self.left_out if matches(entry.name, patterns)],
        )

    def _nearest(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._by_name, n=3, cutoff=0.5)
        near = near or [known for known in self._by_name if known.endswith(f"__{name}")]
        names = near or list(self._by_name)[:10]
        return f"{'Did you mean' if near else 'The tools are'} {', '.join(names)}{'?' if near else '.'}"


def build_catalogue(servers: Mapping[str, Sequence[McpTool]]) -> Catalogue:
    """Make one catalogue of the tool lists of many servers, in the order given.

    Raises:
        ConfigError: A full name is too long, or has characters that no chat API takes, or is there twice.
    """
    tools: list[Tool] = []
    left_out: list[LeftOut] = []
    names: set[str] = set()
    for server, offered in servers.items():
        for mcp_tool in offered:
            name = _full_name(server, mcp_tool.name, names)
            try:
                tools.append(_tool(name, server, mcp_tool))
            except UnsupportedSchema as error:
                left_out.append(LeftOut(name, error.message))
    return Catalogue(tools, left_out)


def _full_name(server: str, tool: str, taken: set[str]) -> str:
    name = f"{server}__{tool}"
    wrong = ""
    if server == BUILT_IN:
        wrong = f"The name {BUILT_IN!r} is kept for the runner's own tools."
    elif len(name) > LONGEST_NAME:
        wrong = f"The name {name!r} has {len(name)} characters; {LONGEST_NAME} is the most."
    elif not _NAME.fullmatch(name):
        wrong = f"The name {name!r} may hold only letters, digits and the characters . _ / -"
    elif name in taken:
        wrong = f"Two tools would be named {name!r}."
    if wrong:
        raise ConfigError(wrong, hint="Give the server another name in mcp.json.")
    taken.add(name)
    return name


def _tool(name: str, server: str, mcp_tool: McpTool) -> Tool:
    full_schema = readable_schema(mcp_tool.input_schema)
    schema = normalise(full_schema)
    hints = mcp_tool.annotations or ToolAnnotations()
    return Tool(
        name=name,
        server=server,
        tool=mcp_tool.name,
        description=" ".join((mcp_tool.description or "").split()),
        schema=schema,
        full_schema=full_schema,
        raw=_raw_argument(full_schema) if "properties" in schema else "",
        read_only=hints.read_only_hint is True,
        destructive=hints.read_only_hint is not True and hints.destructive_hint is not False,
        output=_output(mcp_tool.output_schema),
    )


def _output(schema: dict[str, Any] | None) -> Mapping[str, Any] | None:
    try:
        return None if schema is None else normalise(readable_schema(schema))
    except UnsupportedSchema:
        return None  # nothing is lost but what a plan would know of its parts


def _raw_argument(schema: Mapping[str, Any]) -> str:
    properties = schema.get("properties", {})
    media = [
        name
        for name in schema.get("required", ())
        if isinstance(properties.get(name), Mapping)
        and properties[name].get("type") == "string"
        and "contentMediaType" in properties[name]
        and "contentEncoding" not in properties[name]
    ]
    return media[0] if len(media) == 1 and media[0].isidentifier() else ""


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of these shell patterns fits a tool's full name."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def validate(tool: Tool, arguments: Mapping[str, Any]) -> list[str]:
    """What is wrong with a call's arguments by the tool's full schema; see `argument_errors`."""
    return argument_errors(tool.full_schema, arguments)


def signature(tool: Tool, *, most: int = 300) -> str:
    """A tool in one line for a prompt: `server__tool(sql: string, max_rows: integer = 100): description`.

    Args:
        most: Longest description in characters; a longer one is cut, with an ellipsis.
    """
    line = f"{tool.name}({parameters(tool.schema, tool.full_schema)})"
    return f"{line}: {one_line(tool.description, most)}" if tool.description else line
