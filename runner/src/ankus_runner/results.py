"""What the calls of a conversation answered, whole, by handle: what was cut or left out can be read again.

The built-in tool `ankus__read_result` reads on where the prompt holds a part only. It is in a step's grammar
only while the prompt names a handle, and takes no other.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ankus_runner.catalogue import BUILT_IN, Tool
from ankus_runner.constraint import normalise
from ankus_runner.constraint.shorthand import compact

READ = f"{BUILT_IN}__read_result"
MOST_OFFERED = 40
"""Handles that one grammar offers, the newest ones."""

_HANDLE = re.compile(r"\bobs[1-9]\d*\b")


@dataclass
class Results:
    """Results by handle (`obs1`, `obs2`, …), the oldest first; the oldest go where they become too many."""

    texts: dict[str, str] = field(default_factory=dict)
    made: int = 0
    """How many there were; a handle never means another result."""

    def keep(self, text: str, most: int) -> str:
        """Keep a result within `most` characters in all, and give it a handle."""
        self.made += 1
        handle = f"obs{self.made}"
        self.texts[handle] = text
        chars = sum(map(len, self.texts.values()))
        for old in list(self.texts)[:-1]:
            if chars <= most:
                break
            chars -= len(self.texts.pop(old))
        return handle

    def named(self, text: str) -> list[str]:
        """The handles of results that are kept which a text names, the oldest first."""
        names = set(_HANDLE.findall(text))
        return [handle for handle in self.texts if handle in names]


def read_tool(handles: Sequence[str]) -> Tool:
    """The built-in tool, bound to these handles."""
    schema = {
        "type": "object",
        "properties": {
            "handle": {"enum": list(handles[-MOST_OFFERED:])},
            "offset": {"type": "integer", "minimum": 0, "maximum": 10**9},
        },
        "required": ["handle", "offset"],
        "additionalProperties": False,
    }
    description = "Read a result again, or on, from a character of it."
    return Tool(READ, BUILT_IN, "read_result", description, normalise(schema), schema, read_only=True)


def reading(handle: str, offset: int) -> str:
    """How the model reads a result from a character on, as a prompt says it."""
    return f"{READ} {compact({'handle': handle, 'offset': offset})}"
