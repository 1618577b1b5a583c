"""The messages of one run: a fixed prefix, what was asked before, the question, then steps and observations.

The list only grows at its end, so that the server's prefix cache hits, with three exceptions: an invalid
step is replaced by the next one, after two failures in a row the turns are dropped and only what went wrong
stays, and when the context is full the oldest questions are forgotten, then the oldest observations masked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ankus_runner.errors import NotAnsweredError
from ankus_runner.model import CountsTokens, Message

MASKED = "Observation: (an older result, left out to save room)"


@dataclass(frozen=True)
class Turn:
    """One step of the model and what came of it; `invalid` where nothing was executed."""

    step: str
    observation: str
    invalid: bool = False
    failed: bool = False
    """Whether the observation is an error."""


@dataclass(frozen=True)
class Exchange:
    """A question that was answered: the turns that succeeded, and the step that answered."""

    question: str
    turns: tuple[Turn, ...]
    answer: str


@dataclass
class Conversation:
    """One question and its turns so far."""

    system: str
    opening: str
    """What the first user message holds before the question: the prelude's results."""
    question: str
    earlier: list[Exchange] = field(default_factory=list)
    """What was asked and answered before, the oldest first."""
    turns: list[Turn] = field(default_factory=list)
    lessons: list[str] = field(default_factory=list)
    """What went wrong before the last restart, for the question to say."""

    def add(self, turn: Turn) -> None:
        """Append a turn; it takes the place of an invalid one."""
        if self.turns and self.turns[-1].invalid:
            self.turns.pop()
        self.turns.append(turn)

    def restart(self, lessons: list[str]) -> None:
        """Drop all turns; a small model copies a wrong query that it sees, whatever is said of it."""
        self.turns.clear()
        self.lessons = list(dict.fromkeys(lessons))

    def settled(self, answer: str) -> Exchange:
        """This question with the step that answered it, as later ones are to see it."""
        good = tuple(turn for turn in self.turns if not (turn.failed or turn.invalid))
        return Exchange(self.question, good, answer)

    def observations(self) -> list[str]:
        """What the calls of this question and of those before it showed, apart from what is masked."""
        earlier = [turn for exchange in self.earlier for turn in exchange.turns]
        return [turn.observation for turn in (*earlier, *self.turns) if not turn.invalid]

    def messages(self) -> list[Message]:
        """The chat messages to send."""
        messages: list[Message] = [{"role": "system", "content": self.system}]
        for exchange in self.earlier:
            messages += _asked(exchange.question, exchange.turns)
            messages.append({"role": "assistant", "content": exchange.answer})
        failed = "\n".join(["Earlier attempts failed:", *(f"- {lesson}" for lesson in self.lessons)])
        messages += _asked(f"{self.question}\n{failed}" if self.lessons else self.question, self.turns)
        messages[1]["content"] = f"{self.opening}\n\n{messages[1]['content']}".strip()
        return messages

    async def fit(self, model: CountsTokens, room: int) -> None:
        """Drop the oldest exchanges, then mask the oldest observations, until the messages fit.

        Args:
            model: Whose tokens are counted.
            room: The most tokens; the newest observation stays in any case.

        Raises:
            NotAnsweredError: Even so they do not fit.
        """
        while await self._tokens(model) > room:
            if self.earlier:
                del self.earlier[0]
                continue
            older = [i for i, turn in enumerate(self.turns[:-1]) if turn.observation != MASKED]
            if not older:
                raise NotAnsweredError(
                    f"The question and its newest result do not fit into the model's {room} tokens.",
                    hint="Ask for less, or use a model with a larger context.",
                )
            self.turns[older[0]] = replace(self.turns[older[0]], observation=MASKED)

    async def _tokens(self, model: CountsTokens) -> int:
        messages = self.messages()
        text = "\n".join(message["content"] for message in messages)
        return await model.count_tokens(text) + 8 * len(messages)


def _asked(question: str, turns: Iterable[Turn]) -> list[Message]:
    messages: list[Message] = [{"role": "user", "content": question}]
    for turn in turns:
        messages.append({"role": "assistant", "content": turn.step})
        messages.append({"role": "user", "content": turn.observation})
    return messages


def cap(text: str, limit: int) -> str:
    """`text` in at most about `limit` characters: its head and tail, with the gap said in between."""
    if len(text) <= limit:
        return text
    tail = limit // 4
    head = limit - tail
    return f"{text[:head]}\n… {len(text) - head - tail} characters left out …\n{text[-tail:]}"
