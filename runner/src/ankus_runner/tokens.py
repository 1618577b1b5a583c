"""How many tokens messages take, by the server's own tokenizer, each text counted once.

What the chat template puts around messages is measured: llama.cpp shows it (`/apply-template`), vLLM counts
messages (`/tokenize` with `messages`). Elsewhere eight tokens a message are allowed for.
"""

import hashlib
from collections.abc import Sequence
from math import ceil

import anyio

from ankus_runner.model import ChatModel, Message

AROUND = (0, 8)
"""Tokens around a whole chat and around each message, where the server does not tell."""
MOST_KNOWN = 20_000
"""Counts that are remembered."""


class Tokens:
    """Counts for one model."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._known: dict[bytes, int] = {}
        self._asked: dict[bytes, anyio.Event] = {}
        """What is being counted: many conversations begin with the same text."""
        self._around: tuple[int, int] | None = None
        self._measuring = anyio.Lock()

    async def count(self, text: str) -> int:
        """Tokens of one text."""
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        while key in self._asked:
            await self._asked[key].wait()
        if key not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            counted = self._asked[key] = anyio.Event()
            try:
                self._known[key] = await self._model.count_tokens(text)
            finally:
                del self._asked[key]
                counted.set()
        return self._known[key]

    async def of(self, messages: Sequence[Message]) -> int:
        """Tokens of a prompt made of these messages, at most."""
        async with self._measuring:
            self._around = self._around or await self._measured()
        whole, each = self._around
        return whole + sum([each + await self.count(message["content"]) for message in messages])

    async def _measured(self) -> tuple[int, int]:
        """What the template adds, from chats of two and of four messages."""
        two, four = await self._whole(_chat(2)), await self._whole(_chat(4))
        if two is None or four is None:
            return AROUND
        text = await self.count("a")
        each = max(ceil((four - two) / 2) - text, 0)
        # one more a message: a text may join the template's line break otherwise than "a" does
        return max(two - 2 * (each + text), 0), each + 1

    async def _whole(self, messages: list[Message]) -> int | None:
        """Tokens of a whole prompt, template included; None where the server does not tell."""
        written = await self._model.post("/apply-template", {"messages": messages})
        if written is not None and isinstance(written.get("prompt"), str):
            return 1 + await self._model.count_tokens(written["prompt"])  # 1: what begins a text
        counted = await self._model.post("/tokenize", {"messages": messages, "add_generation_prompt": True})
        count = counted.get("count") if counted is not None else None
        return count if isinstance(count, int) and count > len(messages) else None


def _chat(size: int) -> list[Message]:
    roles = ("system", "user", "assistant", "user")
    return [{"role": role, "content": "a"} for role in roles[:size]]
