"""Tools and a prompt that ask the client something, for the official conformance suite.

Up to protocol version 2025-11-25 a server sends a request in the middle of a call; from 2026-07-28 on it
answers with what it needs (`InputRequiredResult`), and the client calls again with the responses.
"""

from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolResult,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)
from pydantic import Field

from ankus_shared.tools import READ_ONLY, AnkusServer, answer

Ctx = Context[object, object]
Outcome = CallToolResult | InputRequiredResult
ASK_NAME = {"name": {"type": "string"}}


def add_inputs(server: AnkusServer) -> None:
    """Add the tools and the prompt."""
    _add_requests_mid_call(server)
    _add_elicited_schemas(server)
    _add_single_inputs(server)
    _add_stateful_inputs(server)
    _add_capability_checks(server)


def _form(message: str, properties: dict[str, Any]) -> ElicitRequest:
    return ElicitRequest(
        params=ElicitRequestFormParams(message=message, requested_schema=_schema(properties))
    )


def _schema(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _sampling(text: str, max_tokens: int) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(text=text))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=max_tokens))


def _accepted(ctx: Ctx, key: str) -> dict[str, Any] | None:
    """What the client answered to the form under `key`, if it did."""
    response = (ctx.input_responses or {}).get(key)
    return response.content if isinstance(response, ElicitResult) else None


def _has(ctx: Ctx, *keys: str) -> bool:
    return set(keys) <= set(ctx.input_responses or {})


def _add_requests_mid_call(server: AnkusServer) -> None:
    @server.tool(annotations=READ_ONLY)
    async def test_sampling(
        ctx: Ctx, prompt: Annotated[str, Field(description="What to ask the client's model.")]
    ) -> CallToolResult:
        """Ask the client's model."""
        message = SamplingMessage(role="user", content=TextContent(text=prompt))
        reply = await ctx.session.create_message([message], max_tokens=100)
        return answer(f"LLM response: {reply.content}")

    @server.tool(annotations=READ_ONLY)
    async def test_elicitation(
        ctx: Ctx, message: Annotated[str, Field(description="What to ask the user.")]
    ) -> CallToolResult:
        """Ask the user for a name and an address."""
        fields = {
            "username": {"type": "string", "description": "User's response"},
            "email": {"type": "string", "description": "User's email address"},
        }
        return await _elicited(ctx, message, fields)


async def _elicited(ctx: Ctx, message: str, properties: dict[str, Any]) -> CallToolResult:
    result = await ctx.session.elicit_form(message, _schema(properties), related_request_id=ctx.request_id)
    return answer(f"Elicitation completed: action={result.action}, content={result.content}")


def _add_elicited_schemas(server: AnkusServer) -> None:
    @server.tool(annotations=READ_ONLY)
    async def test_elicitation_sep1034_defaults(ctx: Ctx) -> CallToolResult:
        """Ask with a default for each primitive type (SEP-1034)."""
        fields = {
            "name": {"type": "string", "default": "John Doe"},
            "age": {"type": "integer", "default": 30},
            "score": {"type": "number", "default": 95.5},
            "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
            "verified": {"type": "boolean", "default": True},
        }
        return await _elicited(ctx, "Please check these.", fields)

    @server.tool(annotations=READ_ONLY)
    async def test_elicitation_sep1330_enums(ctx: Ctx) -> CallToolResult:
        """Ask with each kind of enumeration (SEP-1330)."""
        plain = ["option1", "option2", "option3"]
        titled = [{"const": f"value{n}", "title": f"{word} Option"} for n, word in _NUMBERS]
        chosen = [{"const": f"value{n}", "title": f"{word} Choice"} for n, word in _NUMBERS]
        legacy = {"enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"]}
        fields = {
            "untitledSingle": {"type": "string", "enum": plain},
            "titledSingle": {"type": "string", "oneOf": titled},
            "legacyEnum": {"type": "string", **legacy},
            "untitledMulti": {"type": "array", "items": {"type": "string", "enum": plain}},
            "titledMulti": {"type": "array", "items": {"anyOf": chosen}},
        }
        return await _elicited(ctx, "Please choose.", fields)


_NUMBERS = ((1, "First"), (2, "Second"), (3, "Third"))


def _add_single_inputs(server: AnkusServer) -> None:
    @server.tool(annotations=READ_ONLY)
    def test_input_required_result_elicitation(ctx: Ctx) -> Outcome:
        """Need a name."""
        given = _accepted(ctx, "user_name")
        if given is None:
            return InputRequiredResult(input_requests={"user_name": _form("What is your name?", ASK_NAME)})
        return answer(f"Hello, {given.get('name')}!")

    @server.tool(annotations=READ_ONLY)
    def test_input_required_result_sampling(ctx: Ctx) -> Outcome:
        """Need the client's model."""
        if _has(ctx, "capital_question"):
            return answer("Thank you.")
        question = _sampling("What is the capital of France?", 100)
        return InputRequiredResult(input_requests={"capital_question": question})

    @server.tool(annotations=READ_ONLY)
    def test_input_required_result_list_roots(ctx: Ctx) -> Outcome:
        """Need the client's roots."""
        if _has(ctx, "client_roots"):
            return answer("Thank you.")
        return InputRequiredResult(input_requests={"client_roots": ListRootsRequest()})

    @server.tool(annotations=READ_ONLY)
    def test_streaming_elicitation(ctx: Ctx) -> Outcome:
        """Need a name; nothing else may travel on the response's stream."""
        return test_input_required_result_elicitation(ctx)

    @server.prompt()
    def test_input_required_result_prompt(ctx: Ctx) -> str | InputRequiredResult:
        """A prompt that needs a context."""
        given = _accepted(ctx, "user_context")
        if given is None:
            form = _form("What context should the prompt use?", {"context": {"type": "string"}})
            return InputRequiredResult(input_requests={"user_context": form})
        return f"Use this context: {given.get('context')}"


def _add_stateful_inputs(server: AnkusServer) -> None:
    """Tools whose state travels through the client; the SDK seals it, so that it cannot be altered."""

    def confirmed(ctx: Ctx) -> Outcome:
        if ctx.request_state == "to confirm" and _has(ctx, "confirm"):
            return answer("state-ok")
        form = _form("Please confirm", {"ok": {"type": "boolean"}})
        return InputRequiredResult(input_requests={"confirm": form}, request_state="to confirm")

    @server.tool(annotations=READ_ONLY)
    def test_input_required_result_request_state(ctx: Ctx) -> Outcome:
        """Need a confirmation, and the state back."""
        return confirmed(ctx)

    @server.tool(annotations=READ_ONLY)
    def test_input_required_result_tampered_state(ctx: Ctx) -> Outcome:
        """Need a confirmation, and refuse a state that was altered."""
        return confirmed(ctx)

    @server.tool(annotations=READ_ONLY)
    def test_input_required_result_multiple_inputs(ctx: Ctx) -> Outcome:
        """Need a name, the model and the roots at once."""
        needed: dict[str, InputRequest] = {
            "user_name": _form("What is your name?", ASK_NAME),
            "greeting": _sampling("Generate a greeting", 50),
            "client_roots": ListRootsRequest(),
        }
        if _has(ctx, *needed):
            return answer("Thank you.")
        return InputRequiredResult(input_requests=needed, request_state="asked for three")

    @server.tool(annotations=READ_ONLY)
    def test_input_required_result_multi_round(ctx: Ctx) -> Outcome:
        """Need two answers, one after the other."""
        if ctx.request_state == "step 2" and _has(ctx, "step2"):
            return answer("Thank you.")
        if ctx.request_state == "step 1" and _has(ctx, "step1"):
            form = _form("Step 2: What is your favorite color?", {"color": {"type": "string"}})
            return InputRequiredResult(input_requests={"step2": form}, request_state="step 2")
        form = _form("Step 1: What is your name?", ASK_NAME)
        return InputRequiredResult(input_requests={"step1": form}, request_state="step 1")


def _add_capability_checks(server: AnkusServer) -> None:
    @server.tool(annotations=READ_ONLY)
    def test_missing_capability(ctx: Ctx) -> CallToolResult:
        """Refuse a client that cannot sample."""
        if ctx.client_capabilities is None or ctx.client_capabilities.sampling is None:
            raise MCPError(
                MISSING_REQUIRED_CLIENT_CAPABILITY,
                "This tool needs the sampling capability.",
                {"requiredCapabilities": {"sampling": {}}},
            )
        return answer("The client can sample.")

    @server.tool(annotations=READ_ONLY)
    def test_input_required_result_capabilities(ctx: Ctx) -> Outcome:
        """Ask only for what the client can give."""
        can = ctx.client_capabilities
        requests: dict[str, InputRequest] = {}
        if can is not None and can.sampling is not None:
            requests["greeting"] = _sampling("Generate a greeting", 50)
        if can is not None and can.elicitation is not None:
            requests["user_name"] = _form("What is your name?", ASK_NAME)
        if not requests or _has(ctx, *requests):
            return answer("Nothing more is needed.")
        return InputRequiredResult(input_requests=requests)
