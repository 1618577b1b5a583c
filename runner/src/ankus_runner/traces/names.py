"""The names of span attributes, as OpenTelemetry has them; the only place where they stand.

Source: OpenTelemetry's semantic conventions for generative AI and MCP, release 0.1.0
(https://github.com/open-telemetry/semantic-conventions-genai), all of them still "development".
What they have no name for begins with `ankus.`.
"""

OPERATION = "gen_ai.operation.name"
INVOKE_AGENT = "invoke_agent"
CHAT = "chat"
EXECUTE_TOOL = "execute_tool"

AGENT = "gen_ai.agent.name"
CONVERSATION = "gen_ai.conversation.id"
REQUEST_MODEL = "gen_ai.request.model"
MAX_TOKENS = "gen_ai.request.max_tokens"
TEMPERATURE = "gen_ai.request.temperature"
FINISH_REASONS = "gen_ai.response.finish_reasons"
FIRST_TOKEN = "gen_ai.response.time_to_first_chunk"  # noqa: S105 - no password
INPUT_TOKENS = "gen_ai.usage.input_tokens"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
TOOL = "gen_ai.tool.name"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_RESULT = "gen_ai.tool.call.result"
ERROR_TYPE = "error.type"
MCP_METHOD = "mcp.method.name"
TOOLS_CALL = "tools/call"

STEP = "ankus.step"
SAMPLE = "ankus.sample"
COST = "ankus.cost"
REASON = "ankus.reason"
PROMPT_HASH = "ankus.prompt.hash"
PROMPT_VERSION = "ankus.prompt.version"
VERDICT = "ankus.approval.verdict"
APPROVER = "ankus.approval.by"
OPENING = "ankus.opening"
"""Whether the runner made the call by itself, before the first step."""
PLAN = "ankus.plan"
PLAN_STEP = "ankus.plan.step"
"""A call's name in a plan, whose calls may run side by side."""
