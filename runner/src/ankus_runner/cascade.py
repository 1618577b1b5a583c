"""What a step of a cheaper model must pass before the next model is asked: checks that cost no larger model.

parse   it is a step, and its call's arguments fit the tool (checked in any case)
plan    the profile's plan tool, given the same arguments, does not fail
run     the call, where its tool only reads, does not fail and brings no advice
agree   a second sample makes the same call, or one with the same result

A call that was run for a check is not run again when the loop makes it.
"""

from collections.abc import Collection
from functools import partial

from ankus_runner.catalogue import Catalogue, Tool, validate
from ankus_runner.chain import Sample, Verify
from ankus_runner.constraint import Call, MalformedStep
from ankus_runner.errors import CallTimeoutError, EndpointError, ServerDownError
from ankus_runner.hosts import ToolResult
from ankus_runner.link import Written
from ankus_runner.policy import Policy
from ankus_runner.results import READ
from ankus_runner.run import Run
from ankus_runner.tool_calls import ToolCalls
from ankus_runner.vote import ballot


class Verifier:
    """Judges the steps of one agent.

    Args:
        checks: Names of checks; none switches the cascade off.
        plan_tool: Of the check `plan`.
        policy: What fills in the arguments that the model does not write.
        everything: All tools; the plan tool need not be one of the agent's.
        calls: By which tools are called.

    Raises:
        UnknownTool: There is no such plan tool.
    """

    def __init__(
        self,
        checks: Collection[str],
        plan_tool: str,
        policy: Policy,
        everything: Catalogue,
        calls: ToolCalls,
    ) -> None:
        self._checks = frozenset(checks)
        self._plan = everything.find(plan_tool) if plan_tool else None
        self._policy = policy
        self._calls = calls

    def of(self, run: Run) -> Verify | None:
        """What judges the steps of a run, None where there are no checks."""
        return partial(self._complaint, run) if self._checks else None

    async def _complaint(self, run: Run, written: Written, sample: Sample) -> str:
        call, complaint = self._read(run, written)
        if call is None or call.name == READ:
            return complaint
        tool = self._policy.catalogue.find(call.name)
        if "plan" in self._checks and (complaint := await self._planned(run, call)):
            return f"its call cannot be planned: {complaint}"
        if (
            "run" in self._checks
            and self._policy.harmless(tool)
            and (complaint := await self._run(tool, call))
        ):
            return f"its call did not go well: {complaint}"
        return await self._agreed(run, tool, call, sample) if "agree" in self._checks else ""

    def _read(self, run: Run, written: Written) -> tuple[Call | None, str]:
        """The call of a step with its arguments whole, or None and what is wrong; "" for an answer."""
        if written.finish_reason == "length":
            return None, "its step was cut off"
        try:
            action = written.step().action
        except MalformedStep as error:
            return None, f"its step cannot be read: {error.message}"
        if not isinstance(action, Call):
            return None, ""
        call = self._policy.whole(run, action)
        problem = self._policy.problem(run, call)
        return (None, problem) if problem else (call, "")

    async def _planned(self, run: Run, call: Call) -> str:
        assert self._plan is not None
        if self._policy.rules.of(self._plan) != "free" or not run.hooks.allowed.tool(self._plan):
            return ""  # nobody is asked about a check
        properties = self._plan.full_schema.get("properties", {})
        arguments = {name: value for name, value in call.arguments.items() if name in properties}
        if validate(self._plan, arguments):
            return ""  # a call that there is nothing to plan of
        return await self._run(self._plan, Call(self._plan.name, arguments))

    async def _run(self, tool: Tool, call: Call) -> str:
        result = await self._result(tool, call)
        return "" if result is None else result.text[:200] if result.failed else result.advice

    async def _result(self, tool: Tool, call: Call) -> ToolResult | None:
        try:
            return await self._calls.rehearse(tool, call.arguments)
        except CallTimeoutError as error:
            return ToolResult(error.message, None, failed=True)
        except ServerDownError:
            return None  # no fault of the model

    async def _agreed(self, run: Run, tool: Tool, call: Call, sample: Sample) -> str:
        try:
            agrees = await self._agrees(run, tool, call, await sample())
        except EndpointError as error:
            return f"a second sample of its step cannot be had: {error}"
        return "" if agrees else "a second sample of its step disagrees"

    async def _agrees(self, run: Run, tool: Tool, call: Call, second: Written) -> bool:
        other, _ = self._read(run, second)
        if other == call:
            return True
        if other is None or other.name != call.name or not self._policy.harmless(tool):
            return False
        results = [await self._result(tool, call), await self._result(tool, other)]
        ballots = {ballot(result) for result in results if result is not None and not result.failed}
        return None not in results and len(ballots) == 1
