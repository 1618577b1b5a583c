"""How a conversation is made smaller, one reduction after the other, the oldest first.

Each rung is an iterator that has made one reduction whenever it yields; the ladder (`context.py`) stops it as
soon as the prompt fits. What is kept is given by the `id` of turns and exchanges; a turn goes as a whole.
"""

import fnmatch
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from ankus_runner.conversation import Conversation, Exchange, Turn
from ankus_runner.excerpt import cap
from ankus_runner.references import referred
from ankus_runner.results import reading

Rung = Callable[[Conversation, Collection[int]], Iterator[None]]

SHORTEST = 200
"""Characters to which the newest results are cut before one is left out."""


def mask(conversation: Conversation, kept: Collection[int]) -> Iterator[None]:
    """Put in the place of each result how it is read again."""
    for turn in conversation.every_turn():
        if id(turn) not in kept and (masked := turn.masked()) is not turn:
            conversation.put(turn, masked)
            yield


def drop(conversation: Conversation, kept: Collection[int]) -> Iterator[None]:
    """Leave out answered questions, of those whose results are kept the other steps, then steps."""
    history = conversation.history
    for exchange in list(history.exchanges):
        if id(exchange) in kept:
            continue
        turns = tuple(turn for turn in exchange.turns if id(turn) in kept)
        place = next(i for i, other in enumerate(history.exchanges) if other is exchange)
        history.left_out += len(exchange.turns) - len(turns) + (not turns)
        history.exchanges[place : place + 1] = [replace(exchange, turns=turns)] if turns else []
        yield
    for turn in [turn for turn in conversation.turns if id(turn) not in kept]:
        conversation.put(turn, None)
        history.left_out += 1
        yield


def mask_unreferred(conversation: Conversation, kept: Collection[int]) -> Iterator[None]:
    """The same as `mask` for results to which no later step referred."""
    return mask(conversation, {*kept, *referred(conversation)})


def drop_unreferred(conversation: Conversation, kept: Collection[int]) -> Iterator[None]:
    """The same as `drop`, where no later step referred to a result."""
    return drop(conversation, {*kept, *referred(conversation)})


def squeeze(conversation: Conversation, kept: Collection[int]) -> Iterator[None]:
    """Cut what is kept, the longest result first, to half of its length again and again."""
    while turns := [turn for turn in conversation.every_turn() if len(turn.observation) > 2 * SHORTEST]:
        turn = max(turns, key=lambda turn: len(turn.observation))
        shorter = cap(turn.observation, len(turn.observation) // 2)
        shorter += f"\n({reading(turn.handle, turn.offset)} reads it again)" if turn.handle else ""
        if len(shorter) >= len(turn.observation):
            return
        conversation.put(turn, replace(turn, observation=shorter))
        yield


def forget(conversation: Conversation, kept: Collection[int]) -> Iterator[None]:
    """Leave out what is said of what was left out."""
    conversation.history.summary = ""
    yield
    conversation.history.left_out = 0
    yield


def verbatim(conversation: Conversation, newest: int, pins: Sequence[str]) -> set[int]:
    """What stays: the newest results with their calls, and the newest result of each pinned tool."""
    units = _units(conversation)
    counted = [place for place, unit in enumerate(units) if not (isinstance(unit, Turn) and unit.invalid)]
    first = counted[-newest] if len(counted) > newest else 0
    last = {unit.tool: unit for unit in units if isinstance(unit, Turn) and unit.handle}
    pinned = [turn for tool, turn in last.items() if any(fnmatch.fnmatchcase(tool, pin) for pin in pins)]
    return {id(unit) for unit in (*units[first:], *pinned)}


def _units(conversation: Conversation) -> list[Turn | Exchange]:
    """What counts as a result, the oldest first: a turn, or a question that was answered without any."""
    units: list[Turn | Exchange] = []
    for exchange in conversation.history.exchanges:
        units += exchange.turns or [exchange]
    return [*units, *conversation.turns]
