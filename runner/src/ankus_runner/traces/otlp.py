"""Traces to an OpenTelemetry collector, by OTLP over HTTP; needs the extra `otlp`.

Spans keep the ids, times and names that the store has; sent twice, they are the same spans.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ankus_runner.errors import RunnerError
from ankus_runner.traces import names
from ankus_runner.traces.export import as_json
from ankus_runner.traces.reading import Row

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

SERVICE = {"service.name": "ankus"}
SECONDS = 10.0
_COLUMNS = {
    "prompt_tokens": names.INPUT_TOKENS,
    "cached_tokens": names.CACHED_TOKENS,
    "completion_tokens": names.OUTPUT_TOKENS,
    "first_token_seconds": names.FIRST_TOKEN,
    "cost": names.COST,
    "step": names.STEP,
}
_PAYLOADS = {
    "model": (names.INPUT_MESSAGES, names.OUTPUT_MESSAGES),
    "tool": (names.TOOL_ARGUMENTS, names.TOOL_RESULT),
    "run": (names.INPUT_MESSAGES, names.OUTPUT_MESSAGES),
}


class OtlpError(RunnerError):
    """Raised when a collector cannot be spoken to, or does not take the spans."""

    code = "otlp_failed"


def send(traces: Iterable[Row], url: str) -> int:
    """Send the spans of runs to a collector, such as http://localhost:4318/v1/traces; how many there were.

    Its headers, where it needs some, are OpenTelemetry's variable OTEL_EXPORTER_OTLP_HEADERS.

    Raises:
        OtlpError: The extra is missing, or the collector did not take them.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import SpanExportResult
    except ImportError as error:
        raise OtlpError(
            "OTLP needs more libraries.", hint="Install them: pip install 'ankus-runner[otlp]'."
        ) from error
    exporter, count = OTLPSpanExporter(endpoint=url, timeout=SECONDS), 0
    try:
        for trace in traces:
            spans = [_span(row) for row in trace["spans"]]
            if spans and exporter.export(spans) is not SpanExportResult.SUCCESS:
                raise OtlpError("The collector did not take the spans.", hint="Check --to and the collector.")
            count += len(spans)
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call]
    return count


def _span(row: Row) -> "ReadableSpan":
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    def context(span_id: str) -> SpanContext:
        return SpanContext(
            int(row["trace_id"], 16), int(span_id, 16), is_remote=False, trace_flags=TraceFlags(1)
        )

    failed = row["status"] == "error"
    return ReadableSpan(
        row["name"],
        context(row["span_id"]),
        context(row["parent_id"]) if row["parent_id"] else None,
        resource=Resource(SERVICE),
        attributes=attributes(row),
        kind=SpanKind.CLIENT if row["kind"] in ("model", "tool") else SpanKind.INTERNAL,
        status=Status(StatusCode.ERROR, row["error"]) if failed else Status(StatusCode.UNSET),
        start_time=_nanoseconds(row["started_at"]),
        end_time=_nanoseconds(row["started_at"] + timedelta(seconds=row["seconds"])),
    )


def attributes(row: Row) -> dict[str, Any]:
    """A span's attributes by OpenTelemetry's names: what is in `attrs`, in columns, and its payload."""
    found = {name: _value(value) for name, value in row["attrs"].items()}
    found |= {name: row[column] for column, name in _COLUMNS.items() if row[column] is not None}
    if row["kind"] == "model":
        found[names.REQUEST_MODEL] = row["model"]
    if row["error"]:
        found[names.ERROR_TYPE] = row["error"]
    sides = zip(("input", "output"), _PAYLOADS.get(row["kind"], ()), strict=False)
    return found | {name: _value(row[side]) for side, name in sides if row[side] is not None}


def _value(value: Any) -> Any:
    """What OTLP takes as it is, or JSON of it."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return value
    return as_json(value) if isinstance(value, Mapping | list) or value is None else value


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1_000
