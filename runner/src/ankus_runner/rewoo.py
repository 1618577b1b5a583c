"""ReWOO: all calls are planned at once, made side by side where they can be, then the answer is written.

Source of the form: Xu et al., "ReWOO: Decoupling Reasoning from Observations for Efficient Augmented
Language Models", 2023. Two calls of the model where nothing fails: the plan and the answer. What the planned
calls answer stands in the conversation as the steps of a ReAct run would, so that the context ladder,
citations and evidence know no difference. Where a call fails, those that need it are not made, and the rest
is planned anew with what went wrong; what succeeded is kept.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import anyio

from ankus_runner.calls import Made
from ankus_runner.catalogue import Tool, validate
from ankus_runner.constraint import Call, Plan, PlannedCall
from ankus_runner.conversation import Turn
from ankus_runner.errors import PlanFailedError
from ankus_runner.excerpt import cap
from ankus_runner.hosts import ToolResult
from ankus_runner.parts import Parts
from ankus_runner.plan import waits
from ankus_runner.planner import Planner
from ankus_runner.progress import Planned, Progress
from ankus_runner.referring import Answered, UnusablePartError, bound
from ankus_runner.run import Run
from ankus_runner.tasks import first_error

WRONG_CHARS = 240
"""Of each error that the next plan is told."""

AnswerStep = Callable[[Run], Awaitable[str | None]]
"""One step of an agent, which gives the answer if it was one."""


@dataclass(frozen=True)
class Rewoo:
    """Answers questions by plans, with the parts of an agent.

    Attributes:
        step: A step of the agent, which can only answer once a run must.
    """

    parts: Parts
    step: AnswerStep

    async def answer(self, run: Run, after_first_step: Callable[[], Awaitable[None]] | None = None) -> str:
        """Plan, call and answer within the run's limits.

        Raises:
            PlanFailedError: No plan could be made or carried out so far that an answer is possible.
            PlanRefusedError: A person does not want the plan.
            NotAnsweredError: A limit was reached.
        """
        planner, progress = Planner(self.parts), Progress()
        for number in range(self.parts.profile.plan.replans + 1):
            await self.parts.hosts.settle()
            planned = await planner.plan(run, progress)
            if after_first_step is not None and number == 0:
                await after_first_step()
            await self._carry_out(run, planned, progress)
            if not progress.wrong and self.parts.policy.may_answer(run):
                break
        run.evidence = run.evidence or run.doubtful
        if not self.parts.policy.may_answer(run):
            raise PlanFailedError(
                f"{number + 1} plans brought nothing to answer from. {' '.join(progress.wrong)}".strip(),
                hint="Ask in other words, or use a larger model.",
            )
        return await self._solve(run)

    async def _solve(self, run: Run) -> str:
        """The answer from what stands in the conversation; no tool is in the grammar any more."""
        run.must_answer = True
        while True:
            run.guard.begin_step()
            if (answer := await self.step(run)) is not None:
                return answer

    async def _carry_out(self, run: Run, planned: Planned, progress: Progress) -> None:
        """Make the calls of a plan, each as soon as those that it waits for have succeeded."""
        plan, tools = planned.plan, planned.tools
        work = _Work(run, plan, tools, waits(plan, tools), progress)
        progress.next += len(plan.steps)
        limiter = anyio.CapacityLimiter(self.parts.profile.plan.parallel)
        try:
            with first_error():
                async with anyio.create_task_group() as group:
                    for step in plan.steps:
                        group.start_soon(self._take, work, step, limiter)
        finally:
            self._show(work, all_of_them=True)  # what has come stays, whatever ended the rest
        notes = work.wrong if self.parts.policy.may_answer(run) else work.advice | work.wrong
        progress.wrong = [notes[step.name] for step in plan.steps if step.name in notes]

    async def _take(self, work: "_Work", step: PlannedCall, limiter: anyio.CapacityLimiter) -> None:
        """Wait for the steps before one, then make its call, unless one of them failed."""
        for name in work.order[step.name]:
            await work.ended[name].wait()
        if failed := [name for name in work.order[step.name] if name in work.wrong]:
            work.wrong[step.name] = f"{step.name} was not called, since {failed[0]} failed."
        else:
            async with limiter:
                await self._make(work, step)
        async with work.keeping:
            self._show(work)
            await work.run.hooks.keeper.stepped(work.run)
        work.ended[step.name].set()

    async def _make(self, work: "_Work", step: PlannedCall) -> None:
        """Make a call with what its references stand for; what has been read before is not read again."""
        run, tool, progress = work.run, work.tools[step.call.name], work.progress
        try:
            arguments = bound(step.call.arguments, progress.answered)
        except UnusablePartError as error:
            work.land(step, step.call, _failure(str(error)))
            return
        call = Call(tool.name, self.parts.policy.filled(run, tool.name, arguments))
        if tool.read_only and (same := progress.same_as(call)):
            progress.land(step.name, tool, call, progress.answered[same])
        elif wrong := validate(tool, call.arguments):
            work.land(step, call, _failure(f"The arguments are wrong: {'; '.join(wrong)}."))
        else:
            made = await self._called(work, tool, call, step)
            work.land(step, made.call, made.result)

    async def _called(self, work: "_Work", tool: Tool, call: Call, step: PlannedCall) -> Made:
        work.run.guard.begin_step()
        text = self.parts.model.binding.rendered(step)
        if work.run.guard.repeats(call.name, call.arguments) and not tool.read_only:
            return Made(text, call, _failure("This very call was made before; it is not made twice."))
        return await self.parts.calls.make(work.run, text, call, step.name)

    def _show(self, work: "_Work", *, all_of_them: bool = False) -> None:
        """Put what has come into the conversation, in the order of the plan."""
        for step in work.plan.steps:
            if step.name in work.landed:
                self._add(work, step, *work.landed.pop(step.name))
            elif not (all_of_them or work.over(step.name)):
                return

    def _add(self, work: "_Work", step: PlannedCall, call: Call, result: ToolResult) -> None:
        run = work.run
        work.shown.add(step.name)
        text = self.parts.model.binding.rendered(step)  # with its references: what they mean may be long
        if result.failed:
            error = cap(result.text, self.parts.profile.limits.observation_chars)
            run.conversation.add(Turn(text, f"Error: {error}", failed=True))
            return
        run.remember(call, result, self.parts.profile.answer_after)
        run.conversation.add(self.parts.context.observed(run.conversation, text, call, result))


@dataclass
class _Work:
    """A plan that is being carried out."""

    run: Run
    plan: Plan
    tools: Mapping[str, Tool]
    order: dict[str, list[str]]
    progress: Progress
    wrong: dict[str, str] = field(default_factory=dict)
    """Why a step brought nothing, by its name."""
    advice: dict[str, str] = field(default_factory=dict)
    """What a step's tool says is to be corrected in its call."""
    landed: dict[str, tuple[Call, ToolResult]] = field(default_factory=dict)
    """What has come and is not in the conversation yet."""
    shown: set[str] = field(default_factory=set)
    keeping: anyio.Lock = field(default_factory=anyio.Lock)
    ended: dict[str, anyio.Event] = field(init=False)

    def __post_init__(self) -> None:
        self.ended = {step.name: anyio.Event() for step in self.plan.steps}

    def over(self, name: str) -> bool:
        """Whether nothing more comes of a step."""
        return name in self.shown or name in self.wrong or name in self.progress.answered

    def land(self, step: PlannedCall, call: Call, result: ToolResult) -> None:
        """Note what a step brought."""
        self.landed[step.name] = (call, result)
        short = cap(" ".join(result.text.split()), WRONG_CHARS)
        if result.failed:
            self.wrong[step.name] = f"{step.name} failed: {short}"
            return
        if result.advice:
            self.advice[step.name] = f"{step.name} advises: {result.advice}"
        tool = self.tools[call.name]
        self.progress.land(step.name, tool, call, Answered(result, tool.output is not None))


def _failure(reason: str) -> ToolResult:
    return ToolResult(reason, None, failed=True)
