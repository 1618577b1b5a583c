"""Models that think before they write, in the two ways that keep a grammar whole.

`budget`: the model thinks in its own place, for so many tokens, and the grammar's step has no thought.
`off`: it does not think, and the step has the bounded thought of the profile, as for any other model.

Switches: `chat_template_kwargs.enable_thinking` on vLLM and llama.cpp (as most templates name it) and
`thinking_budget_tokens` on llama.cpp. vLLM's `thinking_token_budget` is refused by servers without
`--reasoning-config`, so it is left to `fields`; `reasoning_effort` is what others know. Whatever a server
makes of its budget, the client counts, and ends a thought that goes over it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, TypeVar

from ankus_runner.constraint import PlanGrammar, StepGrammar
from ankus_runner.errors import RunnerError

Thinking = Literal["none", "off", "budget"]
G = TypeVar("G", bound=StepGrammar | PlanGrammar)
_OPEN, _CLOSE = "<think>", "</think>"


class ThinkingTooLong(RunnerError):
    """Raised when a model's thought goes over its budget; the step is asked for without one."""

    code = "thinking_too_long"


def thinking_fields(engine: str, way: Thinking, tokens: int) -> dict[str, Any]:
    """The request fields that switch thinking on or off."""
    if way == "none":
        return {}
    if engine == "other":
        return {} if way == "budget" else {"reasoning_effort": "none"}
    switch: dict[str, Any] = {"chat_template_kwargs": {"enable_thinking": way == "budget"}}
    if way == "budget" and engine == "llama.cpp":
        return {**switch, "thinking_budget_tokens": tokens}
    return switch


def thinking_grammar(grammar: G, way: Thinking) -> G:
    """A grammar for a model that thinks this way: where it thinks by itself, without a thought."""
    return replace(grammar, thought_chars=None) if way == "budget" else grammar


def merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Request fields of several owners; objects of one name, such as `chat_template_kwargs`, are merged."""
    whole: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            before = whole.get(name)
            both = isinstance(before, dict) and isinstance(value, dict)
            whole[name] = merged(before, value) if both else value  # type: ignore[arg-type]
    return whole


class Splitter:
    """Takes `<think>…</think>` at the beginning of a text apart from what follows, piece by piece.

    Servers without a parser for a model's thoughts send them so. Anywhere else the tags are text.
    """

    def __init__(self) -> None:
        self._held = ""
        self._state: Literal["start", "thinking", "after", "text"] = "start"

    def split(self, piece: str) -> tuple[str, str]:
        """What is thought and what is text of what has come; an unfinished tag is held back."""
        if self._state == "after":
            piece = piece.lstrip()
            self._state = "text" if piece else "after"
        if self._state in ("after", "text"):
            return "", piece
        self._held += piece
        if self._state == "start":
            begun = self._held.lstrip()
            if _OPEN.startswith(begun):
                if begun == _OPEN:
                    self._state, self._held = "thinking", ""
                return "", ""
            if not begun.startswith(_OPEN):
                self._state = "text"
                return "", self.rest()
            self._state, self._held = "thinking", begun.removeprefix(_OPEN)
        return self._thought()

    def rest(self) -> str:
        """What is still held back and no thought."""
        held, self._held = self._held, ""
        return held if self._state != "thinking" else ""

    def _thought(self) -> tuple[str, str]:
        thought, close, text = self._held.partition(_CLOSE)
        if close:
            self._state, self._held = "after", ""
            return thought, self.split(text)[1]
        keep = next((n for n in range(len(_CLOSE) - 1, 0, -1) if thought.endswith(_CLOSE[:n])), 0)
        cut = len(thought) - keep
        self._held = thought[cut:]
        return thought[:cut], ""
