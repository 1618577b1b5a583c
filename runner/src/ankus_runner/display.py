"""What a person sees of a run: the steps as they come, then the answer with its evidence."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ankus_runner.constraint.shorthand import one_line
from ankus_runner.events import (
    ApprovalAsked,
    Approved,
    CallMade,
    Event,
    Forgotten,
    Guarded,
    ModelDecided,
    Paused,
    PlanMade,
    PromptRead,
    Remembered,
    ResultSeen,
    Sampling,
    StepDiscarded,
    StepStarted,
    TextArrived,
    Warned,
)
from ankus_runner.outcome import Outcome
from ankus_shared.untrusted import without_frames

SHOWN_LINES = 12
"""Lines of a tool's result that are shown while the agent works."""
SHOWN_CHARS = 600
"""Of the arguments of a planned call, in which whole results may stand."""


class Display:
    """Draws events on a console; text streams in as the model writes it.

    Args:
        console: Where the steps go.
        prose: Whether the model's text can be shown as it comes (it cannot where a step is JSON).
    """

    def __init__(self, console: Console, *, prose: bool = True) -> None:
        self._console = console
        self.prose = prose
        self._open_line = False
        self._reading: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        if isinstance(event, PromptRead):
            self._read(event)
            return
        self._end_reading()
        if isinstance(event, StepStarted):
            self._line(f"── step {event.number} ", style="dim")
        elif isinstance(event, TextArrived):
            self._text(event.text)
        elif isinstance(event, StepDiscarded):
            self._line(f"   (discarded: {event.reason})", style="yellow")
        elif isinstance(event, Guarded):
            self._line(f"   ({event.kind}: {event.reason})", style="yellow")
        elif isinstance(event, Sampling):
            self._line(f"   (sample {event.number}, to compare)", style="dim")
        elif isinstance(event, Warned):
            self._line(f"   (warning: {event.reason})", style="yellow")
        elif isinstance(event, Remembered):
            self._line(f"   (remembered as fact{event.fact}: {event.text})", style="yellow")
        elif isinstance(event, Forgotten):
            self._line(f"   (forgotten: fact{event.fact}, {event.reason})", style="yellow")
        elif isinstance(event, ModelDecided):
            self._line(f"   (model {event.model} {event.decision}: {event.reason})", style="yellow")
        elif isinstance(event, ApprovalAsked):
            self._asked(event)
        elif isinstance(event, Paused):
            self._next(event)
        elif isinstance(event, Approved):
            by = f" by {event.by}" if event.by else ""
            self._line(f"   ({event.verdict}{by})", style="yellow")
        elif isinstance(event, PlanMade):
            self._plan(event)
        elif isinstance(event, CallMade):
            self._call(event)
        elif isinstance(event, ResultSeen):
            self._result(event)

    def close(self) -> None:
        """End whatever is being drawn."""
        self._end_reading()
        self._end_line()

    def _read(self, event: PromptRead) -> None:
        if event.total <= 0:
            return
        if self._reading is None:
            columns = (
                TextColumn("reading the prompt"),
                BarColumn(),
                TextColumn("{task.completed}/{task.total} tokens"),
            )
            self._reading = Progress(*columns, TimeElapsedColumn(), console=self._console, transient=True)
            self._reading.start()
            self._task = self._reading.add_task("prompt", total=event.total)
        if self._task is not None:
            self._reading.update(self._task, completed=event.done, total=event.total)

    def _end_reading(self) -> None:
        if self._reading is not None:
            self._reading.stop()
            self._reading = self._task = None

    def _text(self, text: str) -> None:
        if self.prose:
            self._console.print(text, end="", style="cyan", markup=False, highlight=False, soft_wrap=True)
            self._console.file.flush()
            self._open_line = not text.endswith("\n")

    def _end_line(self) -> None:
        if self._open_line:
            self._console.print()
            self._open_line = False

    def _line(self, text: str, style: str = "") -> None:
        self._end_line()
        self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def _plan(self, event: PlanMade) -> None:
        """A plan by what runs when; its calls are shown as they are made."""
        for step in event.plan.steps:
            after = ", ".join(event.waits[step.name])
            self._line(f"   {step.name} {step.call.name}{f' after {after}' if after else ''}", style="dim")

    def _call(self, event: CallMade) -> None:
        if event.step:
            arguments = one_line(json.dumps(event.arguments, ensure_ascii=False), SHOWN_CHARS)
            self._line(f"{event.step} = {event.tool} {arguments}", style="cyan")
        elif not self.prose:
            self._line(f"Call: {event.tool} {json.dumps(event.arguments, ensure_ascii=False)}", style="cyan")

    def _asked(self, event: ApprovalAsked) -> None:
        if event.problem:
            self._line(printable(f"   That does not fit: {event.problem}."), style="red")
        self._next(event)

    def _next(self, event: ApprovalAsked | Paused) -> None:
        self._line(f"── {event.tool} would be called with", style="yellow")
        self._line(printable(json.dumps(event.arguments, indent=2, ensure_ascii=False)))

    def _result(self, event: ResultSeen) -> None:
        lines = without_frames(event.result.text).splitlines()
        if event.step:
            self._line(f"{event.step}:", style="dim")
        for line in lines[:SHOWN_LINES]:
            self._line(f"   {line}", style="red" if event.result.failed else "green")
        if len(lines) > SHOWN_LINES:
            self._line(f"   … {len(lines) - SHOWN_LINES} more lines", style="dim")


def printable(text: str) -> str:
    """A text in which nothing moves the cursor or turns the direction of writing: what is read is what is."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else f"\\u{ord(letter):04x}" for letter in text
    )


def print_outcome(console: Console, outcome: Outcome, pictures: Sequence[Path] = ()) -> None:
    """Print the answer, what it cites or rests on, the files of its pictures, and what it cost."""

    def put(text: str, style: str = "") -> None:
        console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    put("")
    put(outcome.answer, style="bold")
    if outcome.sources:
        put("\nSources:", style="dim")
        for source in outcome.sources:
            put(f"[{source.number}] {source.url}")
    elif outcome.evidence is not None:
        sql = outcome.evidence.arguments.get("sql")
        put("\nSQL:" if sql else f"\n{outcome.evidence.tool}:", style="dim")
        put(str(sql) if sql else json.dumps(outcome.evidence.arguments, ensure_ascii=False))
        put("\nRows:", style="dim")
        put(without_frames(outcome.evidence.result.text))
    for path in pictures:
        put(f"\nChart: {path}")
    usage = outcome.usage
    put(
        f"\n{outcome.steps} steps · {usage.prompt} prompt tokens ({usage.cached} cached) · "
        f"{usage.completion} written · first token after {outcome.first_token_seconds:.1f} s · "
        f"{outcome.seconds:.1f} s",
        style="dim",
    )


def outcome_json(outcome: Outcome, pictures: Sequence[Path] = ()) -> dict[str, Any]:
    """The outcome as a JSON object, for programs."""
    evidence = outcome.evidence
    return {
        "answer": outcome.answer,
        "tool": evidence.tool if evidence else None,
        "arguments": evidence.arguments if evidence else None,
        "result": evidence.result.text if evidence else None,
        "sources": [{"number": source.number, "url": source.url} for source in outcome.sources],
        "charts": [str(path) for path in pictures],
        "steps": outcome.steps,
        "prompt_tokens": outcome.usage.prompt,
        "cached_tokens": outcome.usage.cached,
        "completion_tokens": outcome.usage.completion,
        "first_token_seconds": round(outcome.first_token_seconds, 3),
        "seconds": round(outcome.seconds, 3),
    }
