"""Two runs side by side: their prompts, calls, results and answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from typing import Any, Literal

from ankus_runner.traces.compare.sets import body_of
from ankus_runner.traces.reading import Row, find_trace, spans_of
from ankus_runner.traces.store import Connection

How = Literal["same", "another result", "only the first", "only the second"]


@dataclass(frozen=True)
class CallChange:
    """A call of one or both runs."""

    how: How
    tool: str
    arguments: Any
    steps: tuple[int | None, int | None]
    """In which step of each run; None for one that has it not, or where the runner made the call itself."""
    result: list[str]
    """What differs between the results, as a unified diff."""


@dataclass(frozen=True)
class Pair:
    """What differs between two runs; the texts are unified diffs, empty where nothing does."""

    traces: tuple[Row, Row]
    prompt: list[str]
    """Of the messages of the first request, or of the templates, where those are kept no more."""
    calls: list[CallChange]
    answer: list[str]


def compare(connection: Connection, before: str, after: str, user: str | None) -> Pair:
    """Two runs by the beginnings of their ids.

    Raises:
        TraceNotFoundError: One is not there, or is another user's.
    """
    traces = find_trace(connection, before, user), find_trace(connection, after, user)
    spans = [spans_of(connection, trace["trace_id"], user) for trace in traces]
    prompts = [_prompt(each) for each in spans]
    if not all(prompts):
        prompts = [body_of(connection, trace["prompt_hash"]) for trace in traces]
    answers = [_text(next((span["output"] for span in each if span["kind"] == "run"), "")) for each in spans]
    calls, others = ([span for span in each if span["kind"] == "tool"] for each in spans)
    names = [trace["trace_id"][:12] for trace in traces]
    return Pair(traces, _diff(prompts, names), _aligned(calls, others, names), _diff(answers, names))


def _prompt(spans: Sequence[Row]) -> str:
    """The messages of the first request as text."""
    first = next((span["input"] for span in spans if span["kind"] == "model" and span["input"]), None)
    if first is None:
        return ""
    return "\n\n".join(f"{message['role']}:\n{message['content']}" for message in first["messages"])


def _aligned(before: list[Row], after: list[Row], names: list[str]) -> list[CallChange]:
    """The calls in their order; those of the same tool with the same arguments stand together."""
    keys, others = ([_key(span) for span in spans] for spans in (before, after))
    found: list[CallChange] = []
    matched = SequenceMatcher(None, keys, others, autojunk=False)
    for tag, start, end, other_start, other_end in matched.get_opcodes():
        if tag == "equal":
            pairs = zip(before[start:end], after[other_start:other_end], strict=True)
            found += [_both(span, other, names) for span, other in pairs]
        else:
            found += [_one(span, "only the first", (span["step"], None)) for span in before[start:end]]
            found += [
                _one(span, "only the second", (None, span["step"])) for span in after[other_start:other_end]
            ]
    return found


def _both(span: Row, other: Row, names: list[str]) -> CallChange:
    changed = _diff([_result(span), _result(other)], names)
    steps = span["step"], other["step"]
    return CallChange("another result" if changed else "same", span["tool"], span["input"], steps, changed)


def _one(span: Row, how: How, steps: tuple[int | None, int | None]) -> CallChange:
    return CallChange(how, span["tool"], span["input"], steps, [])


def _key(span: Row) -> tuple[str, str]:
    return span["tool"], json.dumps(span["input"], sort_keys=True)


def _result(span: Row) -> str:
    output = span["output"]
    return _text(output["text"]) if isinstance(output, dict) and "text" in output else str(span["error"])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _diff(texts: Sequence[str], names: Sequence[str]) -> list[str]:
    before, after = (text.splitlines() for text in texts)
    return list(unified_diff(before, after, names[0], names[1], lineterm=""))
