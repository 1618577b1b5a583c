"""What a tool answers, before MCP."""

from dataclasses import dataclass
from typing import Any

from mcp.types import ContentBlock


@dataclass(frozen=True)
class Answer:
    """The text for the model, which holds what is bulky, and the small structured part."""

    text: str
    structured: dict[str, Any]
    more: tuple[ContentBlock, ...] = ()
    """Content beside the text, such as an image."""
