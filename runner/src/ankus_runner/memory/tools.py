"""The built-in tools of memory. The model alone calls them: no text from outside stores anything by itself.

A source is a result that the conversation holds, by its handle, or the user; the grammar takes no other. What
is recalled stands in a frame of untrusted text, as it may have come from anywhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ankus_runner.catalogue import BUILT_IN, Tool
from ankus_runner.constraint import normalise
from ankus_runner.conversation import Conversation
from ankus_runner.hosts import ToolResult
from ankus_runner.memory.fact import Fact, Owner
from ankus_runner.memory.memory import Memory, Recalled, Told
from ankus_runner.memory.policy import MemoryPolicy
from ankus_runner.profile import Profile
from ankus_runner.run import Run
from ankus_shared.errors import AnkusError
from ankus_shared.untrusted import frame

REMEMBER, RECALL, FORGET = (f"{BUILT_IN}__{verb}" for verb in ("remember", "recall", "forget"))
USER = "user"
CONFIDENCE: Mapping[str, float] = {"certain": 0.95, "likely": 0.7, "guess": 0.4}
MOST_SOURCES = 40
MOST_HANDLES = 40
"""Of facts that may be forgotten in a step, those that were seen last."""
QUESTION_CHARS = 400
_ABOUT_FORGET = "Forget a remembered fact that is wrong, or that the user wants to be forgotten."
_FACT = re.compile(r"\bfact([1-9]\d{0,17})\b")


@dataclass(frozen=True)
class Remember:
    """Keeps a fact of this user."""

    memory: Memory
    policy: MemoryPolicy
    profile: str
    name: str = REMEMBER

    @property
    def listed(self) -> Tool:
        """The tool, with what a source may be."""
        return self._tool({"type": "string", "description": "user, or a result's handle such as obs1"})

    def offered(self, run: Run) -> Tool:
        """The tool, bound to the sources that there are."""
        return self._tool({"enum": [USER, *_sources(run.conversation)]})

    def _tool(self, source: dict[str, Any]) -> Tool:
        properties = {
            "text": {"type": "string", "minLength": 3, "maxLength": self.policy.fact_chars},
            "confidence": {"enum": list(CONFIDENCE)},
            "source": source,
        }
        about = "Remember a fact for later conversations with this user. Never a password, a key or a token."
        return _tool(REMEMBER, about, properties)

    async def call(self, run: Run, arguments: Mapping[str, Any]) -> ToolResult:
        """Keep it."""
        told = Told(
            arguments["text"],
            CONFIDENCE[arguments["confidence"]],
            _source(run.conversation, arguments["source"]),
            run.run_id,
        )
        try:
            kept = await self.memory.remember(_owner(run, self.profile), self.policy, told, run.tell)
        except AnkusError as error:
            return failed(error)
        again = " It was known; it is confirmed." if kept.known else ""
        text = f"Remembered as {kept.fact.handle}.{again}"
        if kept.related:
            text += f"\nForget what is no longer true of these:\n{framed(kept.related)}"
        structured = {"fact": kept.fact.as_json(), "known": kept.known}
        return ToolResult(text, structured, failed=False)


@dataclass(frozen=True)
class Recall:
    """Finds what is known of this user."""

    memory: Memory
    policy: MemoryPolicy
    profile: str
    name: str = RECALL

    @property
    def listed(self) -> Tool:
        """The tool, which is always the same."""
        properties = {
            "query": {"type": "string", "minLength": 1, "maxLength": QUESTION_CHARS},
            "most": {"type": "integer", "minimum": 1, "maximum": self.policy.most},
        }
        about = "Recall what is remembered from earlier conversations with this user."
        return _tool(RECALL, about, properties, read_only=True)

    def offered(self, run: Run) -> Tool:
        """The tool."""
        return self.listed

    async def call(self, run: Run, arguments: Mapping[str, Any]) -> ToolResult:
        """Find it."""
        try:
            recalled = await self.memory.recall(
                _owner(run, self.profile), self.policy, arguments["query"], arguments["most"]
            )
        except AnkusError as error:
            return failed(error)
        facts = [{**one.fact.as_json(), "score": round(one.score, 4)} for one in recalled.found]
        structured = {"facts": facts, "by_words": bool(recalled.by_words)}
        return ToolResult(_told(recalled), structured, failed=False)


@dataclass(frozen=True)
class Forget:
    """Deletes a fact of this user that the conversation names."""

    memory: Memory
    policy: MemoryPolicy
    profile: str
    name: str = FORGET

    @property
    def listed(self) -> Tool:
        """The tool, with what it takes."""
        return _tool(FORGET, _ABOUT_FORGET, {"fact": {"type": "string", "description": "such as fact1"}})

    def offered(self, run: Run) -> Tool | None:
        """The tool, bound to the facts that were seen; None where there was none."""
        handles = seen(run.conversation)
        return _tool(FORGET, _ABOUT_FORGET, {"fact": {"enum": handles}}) if handles else None

    async def call(self, run: Run, arguments: Mapping[str, Any]) -> ToolResult:
        """Delete it."""
        number = int(arguments["fact"].removeprefix("fact"))
        try:
            fact = await self.memory.forget(
                _owner(run, self.profile), number, "the model forgets it", run.tell
            )
        except AnkusError as error:
            return failed(error)
        return ToolResult(f"{fact.handle} is forgotten.", {"forgotten": fact.id}, failed=False)


def memory_tools(memory: Memory | None, profile: Profile) -> list[Remember | Recall | Forget]:
    """The tools of a profile that remembers; none of one that does not."""
    if memory is None or not profile.memory.enabled:
        return []
    return [kind(memory, profile.memory, profile.name) for kind in (Remember, Recall, Forget)]


def seen(conversation: Conversation) -> list[str]:
    """The facts that the prompt names, the newest last."""
    text = "\n".join(message["content"] for message in conversation.messages())
    numbers = dict.fromkeys(found[1] for found in _FACT.finditer(text))
    return [f"fact{number}" for number in numbers][-MOST_HANDLES:]


def framed(facts: list[Fact] | tuple[Fact, ...]) -> str:
    """Facts as a model reads them: one a line, in a frame that their texts cannot end."""
    return frame("\n".join(fact.line() for fact in facts), "memory")


def failed(error: AnkusError) -> ToolResult:
    """A typed failure, which the model reads and the run survives."""
    told = {"code": error.code, "message": error.message, "hint": error.hint}
    return ToolResult(str(error), {"error": told}, failed=True)


def _told(recalled: Recalled) -> str:
    how = f"(Searched by words only. {recalled.by_words})" if recalled.by_words else ""
    if not recalled.found:
        return f"Nothing is remembered of that. {how}".strip()
    return "\n".join(filter(None, [framed([one.fact for one in recalled.found]), how]))


def _sources(conversation: Conversation) -> list[str]:
    """Results that a fact may be from; what the runner itself answered is no witness."""
    own = {turn.handle for turn in conversation.every_turn() if turn.tool.startswith(f"{BUILT_IN}__")}
    return [handle for handle in conversation.history.results.texts if handle not in own][-MOST_SOURCES:]


def _source(conversation: Conversation, source: str) -> str:
    """What is kept of a source: the tool that a result is from, with its handle."""
    if source == USER:
        return "the user"
    tool = next((turn.tool for turn in conversation.every_turn() if turn.handle == source), "")
    return f"{tool} ({source})" if tool else source


def _owner(run: Run, profile: str) -> Owner:
    return Owner(run.hooks.user, profile)


def _tool(name: str, about: str, properties: dict[str, Any], *, read_only: bool = False) -> Tool:
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    verb = name.removeprefix(f"{BUILT_IN}__")
    destructive = name == FORGET
    return Tool(
        name, BUILT_IN, verb, about, normalise(schema), schema, read_only=read_only, destructive=destructive
    )
