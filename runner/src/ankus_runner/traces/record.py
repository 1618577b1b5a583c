"""Events become spans: a run holds its steps, a step its model calls, tool calls and decisions.

run                      invoke_agent NAME
├── tool                 execute_tool TOOL      what the runner calls before the first step
└── step                 step 1
    ├── model            chat MODEL             tokens, cost, time to first token
    ├── decision         discarded: …           a moment
    └── tool             execute_tool TOOL
"""

import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ankus_runner.constraint import render_plan
from ankus_runner.events import (
    Approved,
    CallMade,
    Event,
    Forgotten,
    Guarded,
    ModelAnswered,
    ModelAsked,
    ModelDecided,
    ModelFailed,
    OpeningMade,
    PlanMade,
    PromptChosen,
    PromptRead,
    PromptReduced,
    Remembered,
    ResultSeen,
    RunBegan,
    RunEnded,
    Sampling,
    StepDiscarded,
    StepStarted,
    TextArrived,
    Warned,
)
from ankus_runner.hosts import ToolResult
from ankus_runner.model import Completion, Message
from ankus_runner.traces import names
from ankus_runner.traces.span import Approval, Kind, PromptVersion, Record, Span, Status, Trace

Put = Callable[[Record], None]


@dataclass(frozen=True)
class Clock:
    """The wall's time when it was made, and what has passed since: a clock that is set does not move it."""

    wall: datetime = field(default_factory=lambda: datetime.now(UTC))
    start: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The time now."""
        return self.wall + timedelta(seconds=time.monotonic() - self.start)


class Recorder:
    """A listener that hands spans on as they end, and the run as it begins and ends.

    It is for one run after the other: of runs side by side each has a recorder of its own, over one `put`.
    Calls that open a session are of the first run that this recorder is told of, which had to wait for them.

    Args:
        put: Takes a record, at once.
    """

    def __init__(self, put: Put) -> None:
        self._put = put
        self._conversation = uuid.uuid4().hex
        self._opening: list[OpeningMade] = []
        self._run: _Run | None = None

    def __call__(self, event: Event) -> None:
        """Take note of one event."""
        if isinstance(event, RunBegan):
            if self._run is not None:
                self._run.ended(RunEnded())  # its end was never told
            self._run = _Run(event, self._put, self._conversation)
            for call in self._opening:
                self._run.opened(call)
            self._opening.clear()
        elif self._run is None:
            if isinstance(event, OpeningMade):
                self._opening.append(event)  # a session is prepared before its first run
        elif isinstance(event, RunEnded):
            self._run.ended(event)
            self._run = None
        else:
            self._run.saw(event)


class _Run:
    """The spans of one run that are still open, and its sums."""

    def __init__(self, began: RunBegan, put: Put, conversation: str) -> None:
        self._put = put
        self._clock = Clock()
        self._sent: list[Message] = []
        self._step: Span | None = None
        self._asked: Span | None = None
        self._calls: list[Span] = []
        self._profile = profile = began.profile
        self._trace = Trace(
            began.run_id or uuid.uuid4().hex,
            self._clock.wall,
            began.user,
            began.conversation or conversation,
            profile.name,
            began.model,
        )
        self._root = replace(
            self._open(
                "run",
                f"{names.INVOKE_AGENT} {profile.name}",
                names.INVOKE_AGENT,
                **{names.AGENT: profile.name},
            ),
            started_at=self._clock.wall,
            input=began.question,
            model=began.model,
        )
        put(self._trace)

    def saw(self, event: Event) -> None:
        """Take note of an event of this run."""
        match event:
            case StepStarted():
                self._end_step()
                self._step = replace(self._open("step", f"step {event.number}"), step=event.number)
            case ModelAsked():
                self._ask(event)
            case ModelAnswered():
                self._answer(event.completion)
            case ModelFailed():
                self._failed(event.reason)
            case CallMade():
                named = {names.PLAN_STEP: event.step} if event.step else {}
                self._calls.append(self._call(event.tool, event.arguments, **named))
            case ResultSeen():
                self._result(event)
            case OpeningMade():
                self.opened(event)
            case StepDiscarded():
                self._moment("decision", "discarded", **{names.REASON: event.reason})
            case Guarded():
                self._moment("decision", f"circle: {event.kind}", **{names.REASON: event.reason})
            case Sampling():
                self._moment("decision", "sample again", **{names.SAMPLE: event.number})
            case ModelDecided():
                self._moment("decision", f"{event.model} {event.decision}", **{names.REASON: event.reason})
            case PromptReduced():
                by = f"{event.before} to {event.after} tokens: {', '.join(event.by)}"
                self._moment("decision", "prompt reduced", **{names.REASON: by})
            case PlanMade():
                self._moment("decision", "plan made", **{names.PLAN: render_plan(event.plan)})
            case Remembered():
                # its text is in the call's payload, which is kept for fewer days
                how = f"from {event.source}, confidence {event.confidence:.2g}"
                verb = "confirmed" if event.confirmed else "remembered"
                self._moment("decision", f"{verb} fact{event.fact}", **{names.REASON: how})
            case Forgotten():
                self._moment("decision", f"forgot fact{event.fact}", **{names.REASON: event.reason})
            case Warned():
                self._moment("decision", "warning", **{names.REASON: event.reason})
            case Approved():
                self._approve(event)
            case PromptChosen():
                self._chosen(event)
            case PromptRead() | TextArrived():
                pass  # pieces of what ModelAnswered tells whole
            case _:  # of a kind that this module does not know, so that none is missing
                self._put(replace(self._open("decision", _words(event)), input=_fields(event)))

    def opened(self, call: OpeningMade) -> None:
        """A call that ended just now, or before the run began."""
        span = self._call(call.tool, call.arguments, **{names.OPENING: True})
        started = span.started_at - timedelta(seconds=call.seconds)
        self._end_call(replace(span, parent_id=self._root.span_id, started_at=started), call.result)

    def ended(self, event: RunEnded) -> None:
        """Close what is open, the run last."""
        error = event.error.code if event.error else ""
        status: Status = "error" if event.error else "ok" if event.outcome else "cancelled"
        for span in (*self._calls, *([self._asked] if self._asked else [])):
            self._close(span, status=status, error=error)
        self._calls, self._asked = [], None
        self._end_step(status, error)
        output = event.outcome.answer if event.outcome else str(event.error or "")
        self._close(self._root, status=status, error=error, output=output, usage=self._trace.usage)
        seconds = (self._clock.now() - self._trace.started_at).total_seconds()
        self._put(replace(self._trace, status=status, error=error, seconds=seconds))

    def _chosen(self, event: PromptChosen) -> None:
        """The run as it is known now, and the prompt's text, if it is what the files hold."""
        self._trace = replace(self._trace, prompt_hash=event.hash, prompt_version=event.version)
        about = {names.PROMPT_HASH: event.hash, names.PROMPT_VERSION: event.version}
        self._root = replace(self._root, attributes=self._root.attributes | about)
        prompt = self._profile.versions.get(event.version)
        if prompt is not None and prompt.hash == event.hash:
            self._put(PromptVersion(event.hash, self._profile.name, prompt.body, event.version))
        self._put(self._trace)
        self._moment("decision", f"prompt {event.version}", **about, **{names.REASON: event.reason})

    def _ask(self, event: ModelAsked) -> None:
        span = self._open(
            "model",
            f"{names.CHAT} {event.model}",
            names.CHAT,
            **{names.MAX_TOKENS: event.max_tokens, names.TEMPERATURE: event.temperature},
        )
        same = _common(self._sent, event.messages)
        added = {"kept": same, "messages": [dict(message) for message in event.messages[same:]]}
        self._sent = list(event.messages)  # a prompt grows at its end: only what is new is kept
        self._asked = replace(span, model=event.model, input=added)

    def _answer(self, completion: Completion) -> None:
        if self._asked is None:
            return
        span, self._asked = self._asked, None
        attributes = span.attributes | {names.FINISH_REASONS: [completion.finish_reason]}
        self._close(
            replace(span, attributes=attributes),
            usage=completion.usage,
            first_token_seconds=completion.first_token_seconds,
            cost=completion.usage.cost or None,
            output=completion.text,
        )
        self._sum(completion)

    def _failed(self, reason: str) -> None:
        if self._asked is not None:
            span, self._asked = self._asked, None
            self._close(span, status="error", error="model_failed", output=reason)

    def _sum(self, completion: Completion) -> None:
        trace, first = self._trace, self._trace.first_token_seconds
        self._trace = replace(
            trace,
            model_calls=trace.model_calls + 1,
            usage=trace.usage + completion.usage,
            first_token_seconds=completion.first_token_seconds if first is None else first,
            cost=(trace.usage + completion.usage).cost or None,
        )

    def _call(self, tool: str, arguments: dict[str, Any], **more: Any) -> Span:
        attributes = {names.TOOL: tool, names.MCP_METHOD: names.TOOLS_CALL, **more}
        span = self._open("tool", f"{names.EXECUTE_TOOL} {tool}", names.EXECUTE_TOOL, **attributes)
        return replace(span, tool=tool, input=arguments)

    def _result(self, event: ResultSeen) -> None:
        """The end of the oldest open call of this tool, in a plan of this step."""
        open_calls = [
            span
            for span in self._calls
            if span.tool == event.tool and span.attributes.get(names.PLAN_STEP, "") == event.step
        ]
        if open_calls:
            self._calls.remove(open_calls[0])
            self._end_call(open_calls[0], event.result)

    def _end_call(self, span: Span, result: ToolResult) -> None:
        self._trace = replace(self._trace, tool_calls=self._trace.tool_calls + 1)
        output = {"text": result.text, "structured": result.structured, "images": len(result.images)}
        failed: Status = "error" if result.failed else "ok"
        self._close(span, status=failed, error="tool_error" if result.failed else "", output=output)

    def _approve(self, event: Approved) -> None:
        attributes = {names.TOOL: event.tool, names.VERDICT: event.verdict, names.APPROVER: event.by}
        span = self._moment("approval", event.verdict, **attributes)
        said = (event.tool, event.arguments, event.verdict, event.by)
        self._put(Approval(self._trace.trace_id, span.started_at, *said))

    def _moment(self, kind: Kind, name: str, **attributes: Any) -> Span:
        span = self._open(kind, name, **attributes)
        self._put(span)
        return span

    def _open(self, kind: Kind, name: str, operation: str = "", **attributes: Any) -> Span:
        root = None if kind == "run" else self._root.span_id
        parent = self._step.span_id if self._step and kind != "step" else root
        about = {names.OPERATION: operation} if operation else {}
        return Span(
            self._trace.trace_id,
            uuid.uuid4().hex[:16],
            parent,
            kind,
            name,
            self._clock.now(),
            0.0,
            step=self._step.step if self._step else None,
            attributes={**about, names.CONVERSATION: self._trace.conversation, **attributes},
        )

    def _close(self, span: Span, **changes: Any) -> None:
        seconds = max((self._clock.now() - span.started_at).total_seconds(), 0.0)
        self._put(replace(span, seconds=seconds, **changes))

    def _end_step(self, status: Status = "ok", error: str = "") -> None:
        if self._step is not None:
            self._trace = replace(self._trace, steps=self._trace.steps + 1)
            self._close(self._step, status=status, error=error)
        self._step = None


def _common(before: Sequence[Message], now: Sequence[Message]) -> int:
    """How many messages two lists have in common at their beginning."""
    different = (i for i, (old, new) in enumerate(zip(before, now, strict=False)) if old != new)
    return next(different, min(len(before), len(now)))


def _words(event: object) -> str:
    """The name of an event's class as words: `PlanMade` is "plan made"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", type(event).__name__).lower()


def _fields(event: object) -> dict[str, Any]:
    """What an event holds; it is kept as long as questions and answers are."""
    if not is_dataclass(event):
        return {}
    return {part.name: _plain(getattr(event, part.name)) for part in fields(event)}


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: numbers, texts, lists and mappings; of anything else its text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)
