"""What a tool answers, before MCP."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Picture:
    """A drawing."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class Answer:
    """The text for the model, which holds what is bulky, and the small structured part."""

    text: str
    structured: dict[str, Any]
    pictures: tuple[Picture, ...] = ()
    """What stands beside the text."""
