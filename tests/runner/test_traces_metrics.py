"""The counters of runs, and the dashboard that draws them."""

import json
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from ankus_runner.events import Approved, ModelDecided, RunBegan, RunEnded
from ankus_runner.profile import Profile
from ankus_runner.traces.metrics import RunMetrics
from ankus_runner.traces.record import Recorder
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import Reply, ScriptedModel, call, final

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "ankus-runs.json"


def samples(metrics: RunMetrics) -> dict[str, float]:
    """Name and labels of each sample, the labels in the order of their names, with its value."""
    return {
        " ".join([sample.name, *(sample.labels[name] for name in sorted(sample.labels))]): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


async def test_a_run_is_counted_with_its_calls_tokens_and_cost(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    metrics = RunMetrics(dropped=lambda: 3)
    scripted.play(
        Reply("Hm."),
        call("toy__fail_always", {"reason": "x"}),
        call("toy__look_up", {"word": "a"}),
        final("A."),
    )

    async with open_agent(listener=Recorder(metrics.take)) as session:
        outcome = await session.ask("a?")

    seen = samples(metrics)
    assert seen["ankus_runs_total toys ok"] == 1
    assert seen["ankus_runs_in_flight toys"] == 0
    assert seen["ankus_run_steps_total toys"] == 4
    assert seen["ankus_tokens_total cached m"] == 240
    assert seen["ankus_tokens_total evaluated m"] == 160
    assert seen["ankus_tokens_total written m"] == outcome.usage.completion
    assert seen["ankus_first_token_seconds_count m"] == 4
    assert seen["ankus_cost_total m"] > 0
    assert seen["ankus_run_tool_seconds_count error toy__fail_always"] == 1
    assert seen["ankus_run_tool_seconds_count ok toy__look_up"] == 1
    assert seen["ankus_decisions_total discarded"] == 1
    assert seen["ankus_trace_records_dropped"] == 3


def test_a_run_that_goes_on_is_in_flight_until_it_is_cancelled(toy_profile: Profile) -> None:
    metrics = RunMetrics()
    recorder = Recorder(metrics.take)

    recorder(RunBegan("a?", toy_profile, "m"))
    assert samples(metrics)["ankus_runs_in_flight toys"] == 1
    recorder(RunEnded())

    assert samples(metrics)["ankus_runs_in_flight toys"] == 0
    assert samples(metrics)["ankus_runs_total toys cancelled"] == 1


async def test_the_dashboard_draws_every_metric_and_only_such_as_there_are(
    open_agent: OpenAgent, scripted: ScriptedModel, toy_profile: Profile
) -> None:
    metrics = RunMetrics()
    scripted.play(call("toy__look_up", {"word": "a"}), final("A."))
    async with open_agent(listener=Recorder(metrics.take)) as session:
        await session.ask("a?")
    recorder = Recorder(metrics.take)
    for event in (
        RunBegan("a?", toy_profile, "m"),
        ModelDecided("large", "is taken", "why"),
        Approved("t", {}, "refused", "ann"),
        RunEnded(),
    ):
        recorder(event)

    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    drawn = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"ankus_\w+", target["expr"])
    }
    there = {key.split()[0] for key in samples(metrics) if not key.split()[0].endswith("_created")}
    assert drawn <= there
    bases = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in there}
    assert bases == {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in drawn}
