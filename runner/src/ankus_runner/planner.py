"""A plan is asked for under its grammar, checked as a whole, and shown to a person where one has to agree."""

from dataclasses import dataclass, replace
from typing import Literal

from ankus_runner.catalogue import BUILT_IN
from ankus_runner.chain import Sample
from ankus_runner.constraint import MalformedStep, Plan, PlanGrammar, parse_plan, render_plan
from ankus_runner.errors import PlanFailedError, PlanRefusedError
from ankus_runner.events import Approved, PlanMade, StepDiscarded, StepStarted
from ankus_runner.link import Request, Written
from ankus_runner.model import Message
from ankus_runner.parts import Parts
from ankus_runner.plan import Known, problems, waits
from ankus_runner.plan_approval import PlanApproved, PlanEdited, PlanRefused
from ankus_runner.progress import Planned, Progress
from ankus_runner.run import Run
from ankus_runner.templates import packaged
from ankus_runner.writing import warmer

ATTEMPTS = 3
"""A plan that cannot be carried out is given back twice."""
PLAN = f"{BUILT_IN}__plan"
"""Under this name a plan is approved, as a call is under its tool's."""

ASKED, ASKED_IN_JSON = "plan.md.j2", "plan_json.md.j2"
"""Of this package's prompts."""


@dataclass(frozen=True)
class Planner:
    """Makes plans with the parts of an agent."""

    parts: Parts

    async def plan(self, run: Run, progress: Progress) -> Planned:
        """The next plan, which is right and which a person has agreed to; an empty one where all is known.

        Raises:
            PlanFailedError: No right plan was written, or no step is left for one.
            PlanRefusedError: A person does not want it.
            NotAnsweredError: A limit was reached, or no tool is left.
        """
        complaint, attempt = "", 0
        while True:
            room = self._room(run)
            known = self._known(run, progress)
            if room < 1 or not known.tools:
                return Planned(Plan("", ()))
            run.guard.begin_step()
            grammar = self._grammar(known, progress, room)
            run.tell(StepStarted(run.guard.steps))
            written = await self._written(run, grammar, known, self._asked(progress, grammar, complaint))
            plan, complaint = _read(written, known)
            if plan is None:
                attempt += 1
                run.tell(StepDiscarded(complaint))
                self._give_up(attempt, complaint)
                warmer(run)
                continue
            run.temperature = self.parts.profile.temperature
            run.tell(PlanMade(plan, waits(plan, known.tools)))
            agreed, complaint = await self._agreed(run, plan, known, room)
            if agreed is not None:
                return Planned(agreed, known.tools)

    def _room(self, run: Run) -> int:
        """How many calls the plan may have, with one step for itself and one for the answer."""
        limits = self.parts.profile.limits
        room = min(self.parts.profile.plan.steps, limits.steps - run.guard.steps - 2)
        if room < 1:
            run.evidence = run.evidence or run.doubtful
        if room < 1 and not self.parts.policy.may_answer(run):
            raise PlanFailedError(
                f"A plan, its calls and an answer do not fit into {limits.steps} steps.",
                hint="Raise --max-steps.",
            )
        return room

    def _known(self, run: Run, progress: Progress) -> Known:
        policy = self.parts.policy
        tools = {tool.name: tool for tool in policy.offered(run)}
        needed = () if policy.may_answer(run) else self.parts.profile.answer_after
        return Known(tools, progress.tools, {name: policy.filled(run, name, {}) for name in tools}, needed)

    def _grammar(self, known: Known, progress: Progress, room: int) -> PlanGrammar:
        limits = self.parts.profile.limits
        return PlanGrammar(
            tools=list(known.tools.values()),
            results=[tool.output for tool in (*known.tools.values(), *known.earlier.values())],
            earlier=tuple(progress.answered),
            first=progress.next,
            steps=room,
            may_be_empty=not known.needed,
            thought_chars=limits.thought_chars or None,
            string_chars=limits.string_chars,
        )

    async def _written(self, run: Run, grammar: PlanGrammar, known: Known, asked: str) -> Written:
        """What the model wrote; a plan that was cut off is asked for again, with more room and no thought."""
        tokens = self.parts.profile.plan.tokens
        written = await self._complete(run, grammar, known, asked, tokens)
        if written.finish_reason != "length":
            return written
        run.tell(StepDiscarded("cut off: again with more room and no thought"))
        warmer(run)
        without = replace(grammar, thought_chars=None)
        return await self._complete(run, without, known, asked, 2 * tokens)

    async def _complete(
        self, run: Run, grammar: PlanGrammar, known: Known, asked: str, max_tokens: int
    ) -> Written:
        room = max_tokens + await self.parts.model.tokens([{"role": "user", "content": asked}])
        run.guard.usage += await self.parts.context.fit(run.conversation, room, run.tell)
        messages = _with(run.conversation.messages(), asked)
        request = Request(messages, grammar, max_tokens, run.temperature, run.models)

        async def verify(written: Written, _: Sample) -> str:
            return _read(written, known)[1]

        checked = verify if self.parts.model.cascade else None
        written = await self.parts.model.complete(request, listener=run.tell, verify=checked)
        run.guard.usage += written.usage
        run.first_token_seconds = run.first_token_seconds or written.first_token_seconds
        return written

    def _asked(self, progress: Progress, grammar: PlanGrammar, complaint: str) -> str:
        so_far = list[str]()
        if progress.answered:
            so_far.append(f"Succeeded, and may be referred to: {', '.join(progress.answered)}.")
        if progress.wrong:
            so_far += ["Went wrong:", *(f"- {line}" for line in progress.wrong)]
        if progress.answered or progress.wrong:
            so_far.append("Plan only what is still needed, in another way where it went wrong.")
        if complaint:
            so_far.append(f"Your last plan cannot be carried out: {complaint}")
        json = self.parts.model.binding.dialect == "json_schema"
        asked = packaged(ASKED_IN_JSON if json else ASKED, "first", "steps", "so_far")
        return asked.render(first=f"E{grammar.first}", steps=str(grammar.steps), so_far=so_far)

    async def _agreed(self, run: Run, plan: Plan, known: Known, steps: int) -> tuple[Plan | None, str]:
        """The plan that a person agrees to, or None and why there is none."""
        if not plan.steps or not self.parts.profile.plan.approve:
            return plan, ""
        approver = run.hooks.plan_approver
        if approver is None:
            raise PlanRefusedError("The plan needs a person's consent, and nobody can be asked.")
        wrong = list[str]()
        while True:
            verdict = await approver.judge(run.question, plan, wrong)
            if isinstance(verdict, PlanApproved):
                _tell(run, plan, "approved")
                return plan, ""
            if not isinstance(verdict, PlanEdited):
                _tell(run, plan, "refused")
                return None, _refused(verdict)
            edited, wrong = _edited(verdict.text, known, steps)
            if edited is not None:
                _tell(run, edited, "edited")
                run.tell(PlanMade(edited, waits(edited, known.tools)))
                return edited, ""

    def _give_up(self, attempt: int, complaint: str) -> None:
        if attempt >= ATTEMPTS:
            raise PlanFailedError(
                f"The model wrote {attempt} plans that cannot be carried out; the last: {complaint}",
                hint='Use a larger model, or a profile with mode = "react".',
            )


def _refused(verdict: PlanRefused) -> str:
    if not verdict.reason:
        raise PlanRefusedError("The plan was refused.")
    return f"a person does not want it: {verdict.reason}"


def _tell(run: Run, plan: Plan, verdict: Literal["approved", "edited", "refused"]) -> None:
    run.tell(Approved(PLAN, {"plan": render_plan(plan)}, verdict, "person"))


def _read(written: Written, known: Known) -> tuple[Plan | None, str]:
    """The plan that was written, or None and what is wrong with it."""
    if written.finish_reason == "length":
        return None, "it was too long and was cut off; plan fewer or shorter calls."
    try:
        plan = written.plan()
    except MalformedStep as error:
        return None, f"it is no plan: {error}"
    wrong = problems(plan, known)
    return (None, " ".join(wrong)) if wrong else (plan, "")


def _edited(text: str, known: Known, steps: int) -> tuple[Plan | None, list[str]]:
    """The plan that a person wrote, or None and what is wrong with it."""
    try:
        plan = parse_plan(text)
    except MalformedStep as error:
        return None, [str(error)]
    wrong = problems(plan, known)
    if len(plan.steps) > steps:
        wrong.append(f"it has {len(plan.steps)} steps; at most {steps} are left.")
    return (None, wrong) if wrong else (plan, [])


def _with(messages: list[Message], asked: str) -> list[Message]:
    """The messages with something asked at their end, so that the prefix cache hits."""
    return [*messages[:-1], {"role": "user", "content": f"{messages[-1]['content']}\n\n{asked}"}]
