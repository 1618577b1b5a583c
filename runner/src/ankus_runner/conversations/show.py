"""A conversation on a terminal."""

from collections.abc import Iterable

from rich.console import Console

from ankus_runner.conversation import Turn
from ankus_runner.conversations.store import Loaded
from ankus_shared.untrusted import without_frames

SHOWN_CHARS = 300
"""Of each observation."""


def print_conversation(console: Console, loaded: Loaded) -> None:
    """Its questions with their steps and answers; at last the question that is still to be answered."""
    history, run = loaded.state.history, loaded.state.run
    _put(console, f"{loaded.title} · {loaded.profile}", "bold")
    if history.told():
        _put(console, without_frames(history.told()), "dim")
    for exchange in history.exchanges:
        _put(console, f"\n{exchange.question}", "bold")
        _print_turns(console, exchange.turns)
        _put(console, exchange.answer)
    if run is not None:
        _put(console, f"\n{run.asked}", "bold")
        _print_turns(console, run.turns)
        for pending in run.pending:
            _put(console, pending.text, "cyan")
        _put(console, f"(unfinished, after {run.spent.steps} steps)", "yellow")


def _print_turns(console: Console, turns: Iterable[Turn]) -> None:
    for turn in turns:
        _put(console, turn.step, "cyan")
        shown = without_frames(turn.observation)
        more = f"… ({len(shown)} characters)" if len(shown) > SHOWN_CHARS else ""
        _put(console, f"{shown[:SHOWN_CHARS]}{more}", "green")


def _put(console: Console, text: str, style: str = "") -> None:
    printable = text.encode("utf-8", "replace").decode().replace("\0", "")
    console.print(printable, style=style, markup=False, highlight=False, soft_wrap=True)
