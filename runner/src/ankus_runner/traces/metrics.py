"""What /metrics shows of runs: counted from the same records that are kept as traces.

A server owns one `RunMetrics`, hands `take` each record beside the queue, answers /metrics by `render`.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ankus_runner.traces.span import Record, Span, Trace

_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600)
_TOOL_SECONDS = (0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class RunMetrics:
    """The counters of one process.

    Args:
        dropped: How many trace records the queue has dropped so far.
    """

    def __init__(self, dropped: Callable[[], int] = lambda: 0) -> None:
        self._registry = CollectorRegistry()
        self._open: set[str] = set()
        self._runs = self._counter("ankus_runs", "Questions that ended.", "profile", "status")
        self._running = Gauge(
            "ankus_runs_in_flight", "Questions being answered.", ["profile"], registry=self._registry
        )
        self._run_seconds = self._seconds("ankus_run_seconds", "Time to the answer.", _SECONDS, "profile")
        self._steps = self._counter("ankus_run_steps", "Steps of questions that ended.", "profile")
        self._tokens = self._counter("ankus_tokens", "Tokens, by what was done with them.", "model", "kind")
        self._first = self._seconds("ankus_first_token_seconds", "Time to first token.", _SECONDS, "model")
        self._model_seconds = self._seconds("ankus_model_call_seconds", "Model calls.", _SECONDS, "model")
        self._cost = self._counter("ankus_cost", "What model calls cost.", "model")
        self._tool_seconds = self._seconds(
            "ankus_run_tool_seconds", "Tool calls of runs.", _TOOL_SECONDS, "tool", "status"
        )
        self._decisions = self._counter("ankus_decisions", "Steps discarded, models chosen.", "what")
        self._approvals = self._counter("ankus_approvals", "What was said to calls.", "verdict")
        Gauge(
            "ankus_trace_records_dropped",
            "Trace records that the full queue dropped.",
            registry=self._registry,
        ).set_function(dropped)

    def take(self, record: Record) -> None:
        """Count a record."""
        if isinstance(record, Trace):
            self._run(record)
        elif isinstance(record, Span):
            self._span(record)

    def render(self) -> bytes:
        """The current values in the Prometheus text format."""
        return generate_latest(self._registry)

    def _run(self, trace: Trace) -> None:
        if trace.status == "running":
            if trace.trace_id not in self._open:  # told again where its prompt is known
                self._open.add(trace.trace_id)
                self._running.labels(trace.profile).inc()
            return
        self._open.discard(trace.trace_id)
        self._running.labels(trace.profile).dec()
        self._runs.labels(trace.profile, trace.status).inc()
        self._steps.labels(trace.profile).inc(trace.steps)
        self._run_seconds.labels(trace.profile).observe(trace.seconds or 0.0)

    def _span(self, span: Span) -> None:
        if span.kind == "model" and span.usage is not None:
            self._model(span)
        elif span.kind == "tool":
            self._tool_seconds.labels(span.tool, span.status).observe(span.seconds)
        elif span.kind == "decision":
            self._decisions.labels(span.name).inc()
        elif span.kind == "approval":
            self._approvals.labels(span.name).inc()

    def _model(self, span: Span) -> None:
        usage = span.usage
        assert usage is not None
        self._model_seconds.labels(span.model).observe(span.seconds)
        self._first.labels(span.model).observe(span.first_token_seconds or 0.0)
        self._tokens.labels(span.model, "evaluated").inc(max(usage.prompt - usage.cached, 0))
        self._tokens.labels(span.model, "cached").inc(usage.cached)
        self._tokens.labels(span.model, "written").inc(usage.completion)
        self._cost.labels(span.model).inc(span.cost or 0.0)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self._registry)

    def _seconds(self, name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, what, labels, registry=self._registry, buckets=buckets)
