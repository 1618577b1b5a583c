"""Records as rows of the store's tables, without secrets."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ankus_runner.traces.redact import Redactor
from ankus_runner.traces.span import Approval, PromptVersion, Record, Span, Trace

PAYLOAD = "span_payload"
COLUMNS = {
    "trace": "trace_id started_at user_name conversation profile prompt_hash prompt_version model status"
    " error seconds steps model_calls tool_calls prompt_tokens cached_tokens completion_tokens"
    " first_token_seconds cost",
    "span": "trace_id span_id parent_id kind name started_at seconds status error step model tool"
    " prompt_tokens cached_tokens completion_tokens first_token_seconds cost attrs",
    PAYLOAD: "trace_id span_id started_at input output",
    "prompt_version": "prompt_hash profile body version",
    "approval": "trace_id decided_at tool arguments verdict decided_by",
}
"""The columns of each table, in the order of the rows."""


def rows_of(records: Iterable[Record], redactor: Redactor) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each table, without secrets; of several records of a trace, the last."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    traces: dict[str, tuple[Any, ...]] = {}
    for record in records:
        if isinstance(record, Span):
            rows.setdefault("span", []).append(_span(record, redactor))
            if record.input is not None or record.output is not None:
                rows.setdefault(PAYLOAD, []).append(_payload(record, redactor))
        elif isinstance(record, Trace):
            traces[record.trace_id] = _trace(record, redactor)
        elif isinstance(record, PromptVersion):
            row = (record.prompt_hash, *map(redactor.text, (record.profile, record.text, record.version)))
            rows.setdefault("prompt_version", []).append(row)
        else:
            rows.setdefault("approval", []).append(_approval(record, redactor))
    return rows | ({"trace": list(traces.values())} if traces else {})


def _trace(trace: Trace, redactor: Redactor) -> tuple[Any, ...]:
    whose = (trace.user, trace.conversation, trace.profile, trace.prompt_hash, trace.prompt_version)
    texts, usage = (*whose, trace.model, trace.status, trace.error), trace.usage
    return (
        trace.trace_id,
        trace.started_at,
        *map(redactor.text, texts),
        trace.seconds,
        trace.steps,
        trace.model_calls,
        trace.tool_calls,
        usage.prompt,
        usage.cached,
        usage.completion,
        trace.first_token_seconds,
        trace.cost,
    )


def _span(span: Span, redactor: Redactor) -> tuple[Any, ...]:
    usage = span.usage
    tokens: Sequence[int | None] = (
        (None, None, None) if usage is None else (usage.prompt, usage.cached, usage.completion)
    )
    return (
        span.trace_id,
        span.span_id,
        span.parent_id,
        span.kind,
        redactor.text(span.name),
        span.started_at,
        span.seconds,
        span.status,
        redactor.text(span.error),
        span.step,
        redactor.text(span.model),
        redactor.text(span.tool),
        *tokens,
        span.first_token_seconds,
        span.cost,
        _json(span.attributes, redactor),
    )


def _payload(span: Span, redactor: Redactor) -> tuple[Any, ...]:
    sides = (None if side is None else _json(side, redactor) for side in (span.input, span.output))
    return (span.trace_id, span.span_id, span.started_at, *sides)


def _approval(approval: Approval, redactor: Redactor) -> tuple[Any, ...]:
    said = (_json(approval.arguments, redactor), approval.verdict, redactor.text(approval.by))
    return (approval.trace_id, approval.decided_at, redactor.text(approval.tool), *said)


def _json(value: Any, redactor: Redactor) -> str:
    return json.dumps(redactor.json(value), ensure_ascii=False)
