"""What /metrics shows: tool calls by outcome, their durations, and how many run now.

Each server owns its registry, so that two servers in one process (a test) never share a counter.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import anyio
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Media type of the Prometheus text format, which `ToolMetrics.render` writes."""

_SECONDS = (0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


@dataclass
class Call:
    """One call in progress; `outcome` is `ok`, an error's code, or `cancelled`."""

    outcome: str = "internal_error"


class ToolMetrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._calls = Counter(
            "ankus_tool_calls", "Tool calls that ended.", ["tool", "outcome"], registry=self._registry
        )
        self._seconds = Histogram(
            "ankus_tool_seconds",
            "Duration of tool calls.",
            ["tool"],
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._running = Gauge(
            "ankus_tool_calls_in_flight", "Tool calls that run now.", ["tool"], registry=self._registry
        )

    @contextmanager
    def observe(self, tool: str) -> Iterator[Call]:
        """Count the block as one call of `tool`; the block sets the outcome on the value it is given."""
        call, started = Call(), time.perf_counter()
        self._running.labels(tool).inc()
        try:
            yield call
        except anyio.get_cancelled_exc_class():
            call.outcome = "cancelled"
            raise
        finally:
            self._running.labels(tool).dec()
            self._seconds.labels(tool).observe(time.perf_counter() - started)
            self._calls.labels(tool, call.outcome).inc()

    def render(self) -> bytes:
        """The current values in the Prometheus text format."""
        return generate_latest(self._registry)
