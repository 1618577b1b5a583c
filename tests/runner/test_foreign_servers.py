"""Foreign servers: many tools, long descriptions, endless lists and odd answers are told or made do with."""

import math
from typing import Any, cast

import pytest
from mcp import Client
from mcp_types import AudioContent, CallToolResult, ImageContent, ListToolsResult, TextContent
from mcp_types import Tool as McpTool

from ankus_runner.catalogue import build_catalogue, signature
from ankus_runner.config import HostConfig
from ankus_runner.constraint import StepGrammar, to_gbnf
from ankus_runner.errors import ContextFullError
from ankus_runner.hosts import MOST_TOOLS, _result, _tools
from ankus_runner.profile import Limits, Profile
from ankus_runner.prompting import prompt_of
from ankus_runner.session import Endpoint, open_session
from tests.fixtures.grammar import BYTES, accepts, gbnf_for_guidance, llguidance_tokenizer
from tests.fixtures.scripted import ScriptedModel


def tool(name: str, schema: dict[str, Any] | None = None, description: str = "") -> McpTool:
    return McpTool(name=name, description=description, input_schema=schema or {"type": "object"})


def test_a_foreign_server_of_three_hundred_tools_is_one_catalogue_and_one_grammar() -> None:
    text = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    offered = [tool(f"do_{number}", text, description="x" * 100_000) for number in range(300)]
    catalogue = build_catalogue({"s": offered})

    assert len(catalogue) == 300
    assert all(len(signature(entry)) < 400 for entry in catalogue)  # however long its description is
    grammar = gbnf_for_guidance(to_gbnf(StepGrammar(catalogue.tools)))
    tokenizer = llguidance_tokenizer(BYTES)
    assert accepts(tokenizer, grammar, 'Thought: x\nCall: s__do_299 {"text":"y"}')
    assert not accepts(tokenizer, grammar, 'Thought: x\nCall: s__do_300 {"text":"y"}')


async def test_more_tools_than_the_prompt_holds_are_an_error_that_says_to_name_fewer(
    scripted: ScriptedModel, toys: HostConfig, toy_profile: Profile
) -> None:
    scripted.tokenizer = True
    limits = Limits(context_tokens=1024, step_tokens=100)
    versions = prompt_of("{{ tools }}" + " word" * 1_000)
    profile = toy_profile.model_copy(update={"limits": limits, "versions": versions})

    async with open_session(Endpoint(scripted.url, "m"), toys, profile) as session:
        with pytest.raises(ContextFullError, match="name fewer `tools` in the profile"):
            await session.ask("a?")


async def test_a_list_of_tools_is_read_page_by_page_and_one_without_an_end_is_left() -> None:
    class Paged:
        """A client of a server that lists a tool a page, so many or without end."""

        def __init__(self, pages: float) -> None:
            self.pages = pages

        async def list_tools(self, cursor: str = "0") -> ListToolsResult:
            number = int(cursor)
            more = str(number + 1) if number + 1 < self.pages else None
            return ListToolsResult(tools=[tool(f"t{number}")], next_cursor=more)

    assert [entry.name for entry in await _tools(cast(Client, Paged(3)))] == ["t0", "t1", "t2"]
    assert len(await _tools(cast(Client, Paged(math.inf)))) == MOST_TOOLS


@pytest.mark.parametrize(
    ("content", "structured", "text", "images"),
    [
        ([], None, "(The tool answered nothing.)", 0),
        ([], {"rows": [1]}, '{"rows": [1]}', 0),
        ([ImageContent(data="aGk=", mime_type="image/png")], None, "without a text: image", 1),
        ([ImageContent(data="no base64!", mime_type="image/png")], None, "without a text: image", 0),
        ([AudioContent(data="aGk=", mime_type="audio/wav")], {"a": 1}, "without a text: audio", 0),
        ([TextContent(text="{no JSON")], None, "{no JSON", 0),
    ],
)
def test_whatever_a_tool_answers_the_model_reads_a_text(
    content: list[Any], structured: dict[str, Any] | None, text: str, images: int
) -> None:
    result = _result(CallToolResult(content=content, structured_content=structured))

    assert text in result.text
    assert len(result.images) == images
