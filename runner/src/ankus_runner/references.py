"""Which results later steps referred to: they name the handle, or use a word that the result brought.

A word counts that has five characters or more, or a digit, and that neither the question, nor an earlier
result, nor the result's own call held: so a name, a path or a number that was learnt there.
"""

import re

from ankus_runner.conversation import Conversation, Turn

_WORD = re.compile(r"\w(?:[\w./:-]*\w)?")


def referred(conversation: Conversation) -> set[int]:
    """The `id` of each turn to which a later step or answer referred, then or ever before."""
    known, brought = _words(conversation.opening), list[tuple[str, set[str]]]()
    found = conversation.history.referred
    for text, turn in _said(conversation):
        words = _words(text)
        found |= {handle for handle, new in brought if new & words or handle in words}
        known |= words
        if turn is not None and turn.handle:
            new = _words(turn.observation) - known
            brought.append((turn.handle, new))
            known |= new
    return {id(turn) for turn in conversation.every_turn() if turn.handle in found}


def _said(conversation: Conversation) -> list[tuple[str, Turn | None]]:
    """The questions, steps and answers in their order, each step with its turn."""
    said: list[tuple[str, Turn | None]] = []
    for exchange in conversation.history.exchanges:
        said.append((exchange.question, None))
        said += [(turn.step, turn) for turn in exchange.turns]
        said.append((exchange.answer, None))
    return [*said, (conversation.question, None), *((turn.step, turn) for turn in conversation.turns)]


def _words(text: str) -> set[str]:
    found = _WORD.findall(text)
    return {word for word in found if len(word) >= 5 or any(char.isdigit() for char in word)}
