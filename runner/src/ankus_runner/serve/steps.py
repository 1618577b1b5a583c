"""The events of a run as the JSON objects that the optional field `ankus` of a chunk holds.

{"type": "step", "number": 1}          {"type": "call", "tool": …, "arguments": {…}}
{"type": "text", "text": …}            {"type": "result", "tool": …, "text": …, "failed": …, "images": […]}
{"type": "plan", "text": …}            {"type": "approval", "id": …, "tool": …, "arguments": …} (approvals.py)
{"type": "discarded", "reason": …}     {"type": "answer", …} or {"type": "error", "code": …, "message": …}
"""

import base64
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ankus_runner.constraint import render_plan
from ankus_runner.events import (
    CallMade,
    Event,
    ModelDecided,
    PlanMade,
    PromptRead,
    PromptReduced,
    Remembered,
    ResultSeen,
    Sampling,
    StepDiscarded,
    StepStarted,
    TextArrived,
    Warned,
)
from ankus_runner.hosts import Image
from ankus_runner.outcome import Outcome
from ankus_shared.errors import AnkusError
from ankus_shared.untrusted import without_frames

Told = dict[str, Any]


def step_event(event: Event) -> Told | None:
    """An event as JSON; None where it is of no interest to who asked."""
    match event:
        case StepStarted(number):
            return {"type": "step", "number": number}
        case TextArrived(text):
            return {"type": "text", "text": text}
        case StepDiscarded(reason):
            return {"type": "discarded", "reason": reason}
        case PlanMade(plan):
            return {"type": "plan", "text": render_plan(replace(plan, thought=""))}
        case CallMade(tool, arguments, step):
            return {"type": "call", "tool": tool, "arguments": arguments, "step": step}
        case ResultSeen():
            return _result(event)
        case PromptRead(done, total):
            return {"type": "prompt", "done": done, "total": total}
        case Sampling(number):
            return {"type": "sample", "number": number}
        case PromptReduced(before, after, by):
            return {"type": "reduced", "before": before, "after": after, "by": list(by)}
        case ModelDecided(model, decision, reason):
            return {"type": "model", "model": model, "decision": decision, "reason": reason}
        case Remembered(_, text):
            return {"type": "remembered", "text": text}
        case Warned(reason):
            return {"type": "warning", "reason": reason}
    return None


def _result(seen: ResultSeen) -> Told:
    return {
        "type": "result",
        "tool": seen.tool,
        "text": without_frames(seen.result.text),
        "failed": seen.result.failed,
        "cached": seen.result.cached,
        "step": seen.step,
        "images": pictures(seen.result.images),
    }


def pictures(images: Iterable[Image]) -> list[Told]:
    """Pictures as base64."""
    return [{"media_type": each.media_type, "data": base64.b64encode(each.data).decode()} for each in images]


def answer_event(outcome: Outcome) -> Told:
    """An answer with what it rests on and what it cost."""
    evidence, usage = outcome.evidence, outcome.usage
    return {
        "type": "answer",
        "text": outcome.answer,
        "tool": evidence.tool if evidence else None,
        "arguments": evidence.arguments if evidence else None,
        "sources": [{"number": source.number, "url": source.url} for source in outcome.sources],
        "steps": outcome.steps,
        "prompt_tokens": usage.prompt,
        "cached_tokens": usage.cached,
        "completion_tokens": usage.completion,
        "seconds": round(outcome.seconds, 3),
        "first_token_seconds": round(outcome.first_token_seconds, 3),
    }


def error_event(error: AnkusError) -> Told:
    """Why there is no answer."""
    return {"type": "error", "code": error.code, "message": error.message, "hint": error.hint}
