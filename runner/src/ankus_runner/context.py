"""The ladder that always fits: what a prompt loses first where it is too long for the model.

A result is cut when it comes (head, tail, handle). Before every call of the model its prompt is counted; one
that is too long goes down the rungs of its profile's strategy until it is well below the room, so that it can
grow at its end for a while and prefix caches hit. Whatever the sizes, what is left fits: at last only the
system prompt and the question stay, and where even these are too long there is an error.

    window     drop
    mask       mask, drop
    summarise  summarise, drop
    hybrid     mask, summarise, drop
    selective  mask and drop what no later step referred to, then mask, drop
"""

from collections.abc import Collection, Mapping
from itertools import chain

from ankus_runner.chain import Chain
from ankus_runner.citing import KINDS
from ankus_runner.constraint import Call
from ankus_runner.conversation import Conversation, Turn
from ankus_runner.errors import ContextFullError, RunnerError
from ankus_runner.events import (
    MODEL_CALLS,
    Listener,
    ModelDecided,
    PromptReduced,
    Warned,
    nobody,
    only,
)
from ankus_runner.hosts import ToolResult
from ankus_runner.model import Usage
from ankus_runner.profile import Profile
from ankus_runner.results import READ, reading
from ankus_runner.rungs import Rung, drop, drop_unreferred, forget, mask, mask_unreferred, squeeze, verbatim
from ankus_runner.summary import SummaryError, before, request, summarise

RUNGS: Mapping[str, Rung] = {
    "mask": mask,
    "drop": drop,
    "mask_unreferred": mask_unreferred,
    "drop_unreferred": drop_unreferred,
    "squeeze": squeeze,
    "forget": forget,
}
SUMMARISE = "summarise"
ASIDE = (*MODEL_CALLS, ModelDecided)
"""What is told of how a summary is written: its text is no step's."""

STRATEGIES: Mapping[str, tuple[str, ...]] = {
    "window": ("drop",),
    "mask": ("mask", "drop"),
    "summarise": (SUMMARISE, "drop"),
    "hybrid": ("mask", SUMMARISE, "drop"),
    "selective": ("mask_unreferred", "drop_unreferred", "mask", "drop"),
}


class Context:
    """What the model reads of a conversation, for one profile and its models."""

    def __init__(self, profile: Profile, model: Chain) -> None:
        self._policy = profile.context
        self._limits = profile.limits
        self._citing = KINDS[profile.cite]
        self._model = model
        self.read_again = profile.context.read_again
        self._summary_tokens = min(profile.context.summary_tokens, profile.limits.context_tokens // 4)

    def shown(self, conversation: Conversation, result: str) -> str:
        """A result that is not a step's as the model reads it; the whole is kept."""
        handle = conversation.history.results.keep(result, self._policy.kept_chars)
        return self.cut(result, handle, 0)

    def observed(self, conversation: Conversation, step: str, call: Call, result: ToolResult) -> Turn:
        """A step and what its call answered, as the model reads it; the whole is kept."""
        if call.name == READ:
            handle, offset, shown = call.arguments["handle"], call.arguments["offset"], result.text
        else:
            handle = conversation.history.results.keep(result.text, self._policy.kept_chars)
            offset, shown = 0, self.cut(result.text, handle, 0)
        marked = self._citing.marked(shown, conversation.observations())
        return Turn(step, f"Observation: {marked}", tool=call.name, handle=handle, offset=offset)

    def cut(self, text: str, handle: str, start: int) -> str:
        """A result from a character on, with what is to be known of the rest."""
        shown, end = self._citing.cut(text, start, self._limits.observation_chars)
        if end >= len(text):
            return shown
        more = f"; {reading(handle, end)} reads on" if self.read_again else ""
        return f"{shown}\n({handle} has {len(text)} characters{more}.)"

    async def fit(self, conversation: Conversation, answer_tokens: int, tell: Listener = nobody) -> Usage:
        """Make the prompt so small that an answer of so many tokens has room; what that cost.

        Raises:
            ContextFullError: The system prompt and the question alone are too long.
        """
        room = self._room(answer_tokens)
        size = now = await self._size(conversation)
        usage, by = Usage(), list[str]()
        for rungs, newest, goal in self._passes(room):
            if now <= room:
                break
            kept = verbatim(conversation, newest, self._policy.pins) if newest else set[int]()
            for name in rungs:
                usage += await self._descend(conversation, name, kept, goal, tell)
                was, now = now, await self._size(conversation)
                by += [name] if now != was else []
                if now <= (goal + room) // 2:  # near enough to spare what the next rung would take
                    break
        if now > room:
            raise ContextFullError(
                f"The system prompt and the question take {now} tokens; there is room for {room}.",
                hint="Ask for less, name fewer `tools` in the profile, or use a model with a larger context.",
            )
        if by:
            tell(PromptReduced(size, now, tuple(by)))
        return usage

    def _passes(self, room: int) -> tuple[tuple[tuple[str, ...], int, int], ...]:
        """Rungs, how many of the newest results they leave as they are, and down to how many tokens they go.

        After those of the strategy come harder ones, for where the newest results alone are too long.
        """
        policy = self._policy
        return (
            (STRATEGIES[policy.strategy], policy.newest, int(room * policy.reduce_to)),
            (("mask", "drop"), 1, room),
            (("squeeze", "mask", "drop", "forget"), 0, room),
        )

    async def _descend(
        self, conversation: Conversation, rung: str, kept: Collection[int], goal: int, tell: Listener
    ) -> Usage:
        if rung == SUMMARISE:
            return await self._summarise(conversation, kept, tell)
        for _ in RUNGS[rung](conversation, kept):
            if await self._size(conversation) <= goal:
                break
        return Usage()

    async def _summarise(self, conversation: Conversation, kept: Collection[int], tell: Listener) -> Usage:
        """Put a summary in the place of what is not kept; where there is none to be had, nothing changes."""
        old = before(conversation, verbatim(conversation, self._policy.newest, ()))
        if not (old.turns or old.history.exchanges):
            return Usage()
        try:
            await self._make_room(old)
            summary = await summarise(self._model, old, self._summary_tokens, only(tell, *ASIDE))
        except RunnerError as error:
            tell(Warned(f"The conversation could not be summed up: {error}"))
            return Usage()
        for _ in drop(conversation, kept):
            pass
        conversation.history.summary, conversation.history.left_out = summary.text, 0
        return summary.usage

    async def _make_room(self, old: Conversation) -> None:
        """Reduce what is to be summed up until it fits with the request for a summary."""
        room = self._room(self._summary_tokens)
        for _ in chain([None], mask(old, ()), drop(old, ())):
            if await self._model.tokens(request(old)) <= room:
                break
        if not (old.turns or old.history.exchanges):
            raise SummaryError("There is no room for it.")

    def _room(self, answer_tokens: int) -> int:
        return self._limits.context_tokens - answer_tokens - self._model.thinking_tokens

    async def _size(self, conversation: Conversation) -> int:
        return await self._model.tokens(conversation.messages())
