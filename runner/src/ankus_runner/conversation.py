"""The messages of one run: a fixed prefix, what was asked before, the question, then steps and observations.

The list only grows at its end, so that the server's prefix cache hits, with three exceptions: an invalid
step is replaced by the next one, after two failures in a row the turns are dropped and only what went wrong
stays, and where the model's context is full `context.py` makes it smaller.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ankus_runner.model import Message
from ankus_runner.results import Results, reading
from ankus_shared.untrusted import frame


@dataclass(frozen=True)
class Turn:
    """One step of the model and what came of it: they are shown, moved and left out together."""

    step: str
    observation: str
    invalid: bool = False
    """Whether nothing was executed."""
    failed: bool = False
    """Whether the observation is an error."""
    tool: str = ""
    handle: str = ""
    """Under which the whole result is kept; "" where there is none."""
    offset: int = 0
    """Where in the whole result the observation begins."""

    def masked(self) -> "Turn":
        """The turn without its result, which the handle reads again."""
        short = f"Observation: (left out to save room; {reading(self.handle, self.offset)} reads it again)"
        return (
            replace(self, observation=short) if self.handle and len(short) < len(self.observation) else self
        )


@dataclass(frozen=True)
class Exchange:
    """A question that was answered: the turns that succeeded, and the step that answered."""

    question: str
    turns: tuple[Turn, ...]
    answer: str


@dataclass
class History:
    """What a conversation holds besides its present question; empty, it begins anew."""

    exchanges: list[Exchange] = field(default_factory=list)
    """What was asked and answered before, the oldest first."""
    summary: str = ""
    """What was left out, in short."""
    left_out: int = 0
    """Steps and answers that were left out without a summary."""
    referred: set[str] = field(default_factory=set)
    """Handles of results to which a later step referred, even if that step has been left out."""
    results: Results = field(default_factory=Results)
    prompt: str = ""
    """The version of the system prompt that it sees; "" before its first question."""

    def __bool__(self) -> bool:
        return bool(self.exchanges or self.summary or self.left_out)

    def clear(self) -> None:
        """Forget everything."""
        self.exchanges, self.summary, self.left_out = [], "", 0
        self.referred, self.results, self.prompt = set(), Results(), ""

    def told(self) -> str:
        """What the prompt says of what was left out."""
        count = f"({self.left_out} earlier steps and answers are left out.)" if self.left_out else ""
        summary = f"What came before, in short:\n{frame(self.summary, 'summary')}" if self.summary else ""
        return "\n\n".join(filter(None, [summary, count]))


@dataclass
class Conversation:
    """One question and its turns so far."""

    system: str
    opening: str
    """What the first user message holds before the question: the prelude's results."""
    question: str
    history: History = field(default_factory=History)
    turns: list[Turn] = field(default_factory=list)
    lessons: list[str] = field(default_factory=list)
    """What went wrong before the last restart, for the question to say."""

    def add(self, turn: Turn) -> None:
        """Append a turn; it takes the place of an invalid one."""
        if self.turns and self.turns[-1].invalid:
            self.turns.pop()
        self.turns.append(turn)

    def put(self, old: Turn, new: Turn | None) -> None:
        """Put another turn, or none, in the place of one, wherever it is."""
        self.turns = list(_with(self.turns, old, new))
        for number, exchange in enumerate(self.history.exchanges):
            if any(turn is old for turn in exchange.turns):
                turns = tuple(_with(exchange.turns, old, new))
                self.history.exchanges[number] = replace(exchange, turns=turns)

    def restart(self, lessons: list[str]) -> None:
        """Drop all turns; a small model copies a wrong query that it sees, whatever is said of it."""
        self.turns.clear()
        self.lessons = list(dict.fromkeys(lessons))

    def settle(self, answer: str) -> None:
        """Add this question to the history, with the step that answered it, as later ones are to see it."""
        good = tuple(turn for turn in self.turns if not (turn.failed or turn.invalid))
        self.history.exchanges.append(Exchange(self.question, good, answer))

    def times(self, step: str) -> int:
        """How many turns of this question there are of a step."""
        return sum(turn.step == step for turn in self.turns)

    def every_turn(self) -> list[Turn]:
        """The turns of this question and of those before it, the oldest first."""
        return [*(turn for exchange in self.history.exchanges for turn in exchange.turns), *self.turns]

    def observations(self) -> list[str]:
        """What the calls of this question and of those before it showed, apart from what is left out."""
        return [turn.observation for turn in self.every_turn() if not turn.invalid]

    def handles(self) -> list[str]:
        """The results that the prompt names, and so holds in part or not at all, the oldest first."""
        return self.history.results.named("\n".join(message["content"] for message in self.messages()))

    def messages(self) -> list[Message]:
        """The chat messages to send."""
        messages: list[Message] = [{"role": "system", "content": self.system}]
        for exchange in self.history.exchanges:
            messages += _asked(exchange.question, exchange.turns)
            messages.append({"role": "assistant", "content": exchange.answer})
        failed = "\n".join(["Earlier attempts failed:", *(f"- {lesson}" for lesson in self.lessons)])
        messages += _asked(f"{self.question}\n{failed}" if self.lessons else self.question, self.turns)
        before = "\n\n".join(filter(None, [self.opening, self.history.told()]))
        messages[1]["content"] = f"{before}\n\n{messages[1]['content']}".strip()
        return messages


def _asked(question: str, turns: Iterable[Turn]) -> list[Message]:
    messages: list[Message] = [{"role": "user", "content": question}]
    for turn in turns:
        messages.append({"role": "assistant", "content": turn.step})
        messages.append({"role": "user", "content": turn.observation})
    return messages


def _with(turns: Iterable[Turn], old: Turn, new: Turn | None) -> Iterable[Turn]:
    replaced = (new if turn is old else turn for turn in turns)
    return (turn for turn in replaced if turn is not None)
