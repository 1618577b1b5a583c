"""The ReAct loop: one thought, then exactly one call or the final answer, until there is an answer.

Source of the form: Yao et al., "ReAct: Synergizing Reasoning and Acting in Language Models", ICLR 2023.
What a step may be is decided before it is generated: a tool that is down or not of the profile is not in
the step's grammar, nor is any after a repeated call, nor the answer before something has been looked up.
"""

from collections.abc import Awaitable, Callable

import anyio

from ankus_runner.constraint import Call, Final, MalformedStep, StepGrammar
from ankus_runner.conversation import Conversation, History
from ankus_runner.errors import NotAnsweredError
from ankus_runner.events import ModelDecided, StepStarted
from ankus_runner.excerpt import cap
from ankus_runner.guard import RunGuard
from ankus_runner.hooks import Hooks
from ankus_runner.outcome import Outcome
from ankus_runner.parts import Parts
from ankus_runner.policy import filled
from ankus_runner.prompting import Prompts
from ankus_runner.rewoo import Rewoo
from ankus_runner.routes import routed
from ankus_runner.run import Run, check_question, new_id, seen


class Agent:
    """Answers questions, of as many conversations at once as there are."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.profile = parts.profile
        self._tools = parts.policy.signatures
        self._prompts = Prompts(parts.profile.versions, parts.profile.shares)
        self._own = Hooks()
        self._opening = ""

    async def prepare(self, hooks: Hooks | None = None) -> None:
        """Make the calls of the prelude, whose results are the first observation.

        Args:
            hooks: Those of most runs: `prefix` is their prompt's.

        Raises:
            ServerDownError: A server of the prelude is down.
            NotAnsweredError: A call of the prelude failed.
        """
        self._own = hooks or self._own
        tell, calls, prelude = self._own.tell, self.parts.calls, self.profile.prelude
        results = [(call, await calls.needed(call.tool, call.arguments, tell)) for call in prelude]
        self._opening = "\n\n".join(result for call, result in results if call.show)

    @property
    def prefix(self) -> str:
        """The prompt's fixed part, the same for every question until the schema or the profile changes."""
        return f"{self._prompts.main(self._tools(self._own))}\n\n{self._opening}"

    async def ask(
        self,
        question: str,
        *,
        earlier: History | None = None,
        hooks: Hooks | None = None,
        after_first_step: Callable[[], Awaitable[None]] | None = None,
    ) -> Outcome:
        """Answer one question.

        Args:
            question: In words, in any language.
            earlier: What this conversation has asked and answered, which the question may refer to; the
                answered question is appended.
            hooks: What stands beside the run.
            after_first_step: Awaited once the first step has been generated.

        Raises:
            QuestionError: The question is empty or too long.
            NotAllowedError: The user may not use the profile, or nothing that it needs.
            NotAnsweredError: A limit was reached, or the model turned in a circle.
            EndpointError: The model's endpoint failed for good.
        """
        run = self.begin(question, earlier, hooks or Hooks())
        return await self.go_on(run, after_first_step)

    def begin(self, question: str, earlier: History | None, hooks: Hooks) -> Run:
        """The run of a question, which has not taken any step.

        Raises:
            QuestionError: The question is empty or too long.
            NotAllowedError: The user may not use the profile, or nothing that it needs.
        """
        self.parts.policy.admit(hooks)
        text = check_question(question, self.profile.limits.question_chars)
        history, run_id = earlier if earlier is not None else History(), new_id()
        choice = self._prompts.choose_for(history, hooks.conversation or run_id)
        system = choice.prompt.text(self._tools(hooks))
        conversation = Conversation(system, self._opening, f"Question: {text}", history)
        guard, warmth = RunGuard(self.profile.limits), self.profile.temperature
        guard.watch.know(f"{text}\n{self._opening}")
        return Run(text, conversation, guard, hooks, run_id=run_id, prompt=choice, temperature=warmth)

    async def go_on(self, run: Run, after_first_step: Callable[[], Awaitable[None]] | None = None) -> Outcome:
        """Take the steps of a run from where it stands; see `ask`."""
        seconds = self.profile.limits.seconds
        run.tell(seen(run, self._prompts, self._tools(run.hooks)))
        with anyio.move_on_after(seconds - run.guard.seconds):
            if not run.begun:
                await self._begin(run)
            if self.profile.mode == "rewoo":
                return run.outcome(await Rewoo(self.parts, self._step).answer(run, after_first_step))
            while True:
                run.guard.begin_step()
                if run.guard.last_step:
                    run.evidence = run.evidence or run.doubtful
                answer = await self._step(run)
                if after_first_step is not None and run.guard.steps == 1:
                    await after_first_step()
                if answer is not None:
                    return run.outcome(answer)
                await run.hooks.keeper.stepped(run)
        raise NotAnsweredError(
            f"There was no answer within {seconds:g} seconds.", hint="Raise --max-seconds."
        )

    async def _begin(self, run: Run) -> None:
        """Choose the models, and make the calls that the profile makes for each question."""
        run.models, why = routed(self.profile.routes, run.question)
        if why:
            run.tell(ModelDecided(run.models[0], "is asked first", why))
        for call in self.profile.on_question:
            arguments = filled(call.arguments, run.question)
            result = await self.parts.calls.needed(call.tool, arguments, run.tell)
            run.first_results[call.tool] = result
            if call.show:
                shown = self.parts.context.shown(run.conversation, result)
                run.conversation.question += f"\n\n{call.tool}:\n{shown}"
        run.conversation.question += await self.parts.known.text(run)
        run.begun = True

    async def _step(self, run: Run) -> str | None:
        """One step: generate, then answer, or call and observe. The answer, if it was one."""
        parts = self.parts
        await parts.hosts.settle()
        grammar = parts.policy.grammar(run)
        run.tell(StepStarted(run.guard.steps))
        written = await parts.writer.step(run, grammar)
        if written.finish_reason == "length":
            reason = "That step was too long and was cut off. Write a shorter one."
            parts.recovery.reject(run, written.text, reason)
            return None
        try:
            action = written.step().action
        except MalformedStep as error:
            parts.recovery.reject(run, written.text, f"That was not a valid step: {error}")
            return None
        if isinstance(action, Final):
            return self._finish(run, written.text, action, grammar)
        await self._act(run, written.text, action, grammar)
        return None

    def _finish(self, run: Run, text: str, final: Final, grammar: StepGrammar) -> str | None:
        judged = self.parts.citing.judged(final.text, run.conversation.observations())
        complaint = judged.complaint
        if not grammar.final:
            needed = " or ".join(self.profile.answer_after)
            complaint = f"There is nothing to answer from yet: first call {needed}."
        if complaint:
            self.parts.recovery.reject(run, text, complaint)
            return None
        run.sources = judged.sources
        run.conversation.settle(text)
        return final.text

    async def _act(self, run: Run, text: str, written: Call, grammar: StepGrammar) -> None:
        parts = self.parts
        call = parts.policy.whole(run, written)
        known = run.guard.made(call.name, call.arguments)  # it was valid then, and is not made again
        if not known and (problem := parts.policy.problem(run, call)):
            parts.recovery.reject(run, text, problem)
            return
        run.invalid_in_a_row = 0
        run.must_answer, run.left_out, run.temperature = False, set(), self.profile.temperature
        if run.guard.repeats(call.name, call.arguments):
            parts.recovery.repeated(run, text, call)
            return
        await self.call(run, text, call, grammar)

    async def call(self, run: Run, text: str, call: Call, grammar: StepGrammar) -> None:
        """Make the validated call of a step, and show the model what it answers."""
        made = await self.parts.calls.make(run, text, call)
        made = await self.parts.voting.on(run, grammar, made)
        if made.result.failed:
            error = cap(made.result.text, self.profile.limits.observation_chars)
            self.parts.recovery.failed(run, made.text, error)
            return
        run.remember(made.call, made.result, self.profile.answer_after)
        run.failures.clear()
        run.conversation.add(self.parts.context.observed(run.conversation, made.text, made.call, made.result))
        self.parts.recovery.observed(run, made)
