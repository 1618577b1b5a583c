"""What `ankus ask`, `chat` and `serve` can be told: flags and ANKUS_* variables from one definition."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from ankus_runner.control import ControlSettings
from ankus_runner.conversations.settings import ConversationSettings
from ankus_runner.memory.settings import MemorySettings
from ankus_runner.traces.settings import TraceSettings
from ankus_shared.settings import option


@dataclass(frozen=True, kw_only=True)
class ModelSettings(TraceSettings, MemorySettings):
    """Which model, which servers, which limits, which traces, which memory."""

    base_url: Annotated[str, option("ANKUS_BASE_URL")] = ""
    """An OpenAI-compatible server such as http://127.0.0.1:8000/v1 (vLLM); without it the embedded
    llama.cpp is used. Its key, where it needs one, is the variable ANKUS_API_KEY."""

    model: Annotated[str, option("ANKUS_MODEL")] = ""
    """With --base-url the model's name there; without it a name of 'ankus models list' or a GGUF file."""

    models: Annotated[Path | None, option("ANKUS_MODELS")] = None
    """A file of several models to fall back on, or to go up to, instead of --base-url; --model then names
    the one that is asked first."""

    mcp: Annotated[Path, option("ANKUS_MCP_CONFIG")] = Path("mcp.json")
    """The file that names the MCP servers."""

    max_steps: Annotated[int | None, option("ANKUS_MAX_STEPS", at_least=1, at_most=100)] = None
    """Steps that the agent may take; the profile's by default."""

    max_seconds: Annotated[float | None, option("ANKUS_MAX_SECONDS", at_least=1)] = None
    """Seconds that an answer may take; the profile's by default."""

    max_cost: Annotated[float | None, option("ANKUS_MAX_COST", at_least=0)] = None
    """What an answer may cost, in the currency of the prices; the profile's by default."""

    dialect: Annotated[Literal["auto", "gbnf", "structural_tag", "json_schema"], option("ANKUS_DIALECT")] = (
        "auto"
    )
    """How the grammar is sent; auto takes the first that the server is proved to obey."""

    prompt_version: Annotated[str | None, option("ANKUS_PROMPT_VERSION")] = None
    """The version of the profile's prompt; by default what profile.toml says, which may be several by
    their shares. See 'ankus prompts list'."""

    unguarded: Annotated[bool, option("ANKUS_UNGUARDED")] = False
    """Go on where the server obeys no grammar; calls are still validated."""

    price: Annotated[str, option("ANKUS_PRICE")] = ""
    """What a million tokens of that model cost when read, read from the cache and written, such as
    0.15,0.075,0.6; a file of --models has prices of its own."""


@dataclass(frozen=True, kw_only=True)
class AskSettings(ModelSettings, ConversationSettings, ControlSettings):
    """The same for one agent on a terminal, which conversation, and what a person is asked."""

    profile: Annotated[str, option("ANKUS_PROFILE")] = "assistant"
    """The agent: a profile of the package, or a folder with profile.toml and prompts/."""

    approve_plan: Annotated[bool, option("ANKUS_APPROVE_PLAN")] = False
    """Show each plan before anything of it runs, and wait for a yes, a no or another plan; for a profile
    with mode = "rewoo"."""

    charts: Annotated[Path, option("ANKUS_CHARTS")] = Path("charts")
    """Folder for the charts that are drawn; made when the first is."""

    json: Annotated[bool, option("ANKUS_JSON")] = False
    """Print one JSON object an answer instead of text; the steps go to standard error."""


@dataclass(frozen=True, kw_only=True)
class ChatSettings(AskSettings):
    """The same for a conversation."""

    profile: Annotated[str, option("ANKUS_PROFILE")] = "analyst"
    """The agent: a profile of the package, or a folder with profile.toml and prompts/."""


def api_key() -> str | None:
    """The key of the model's endpoint, from the environment only."""
    return os.environ.get("ANKUS_API_KEY") or None
