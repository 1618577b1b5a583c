"""The ReAct loop: one thought, then exactly one call or the final answer, until there is an answer.

Source of the form: Yao et al., "ReAct: Synergizing Reasoning and Acting in Language Models", ICLR 2023.
What a step may be is decided before it is generated: a tool that is down or not of the profile is not in
the step's grammar, nor is any after a repeated call, nor the answer before something has been looked up.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import anyio

from ankus_runner.binding import Binding
from ankus_runner.catalogue import Catalogue, Tool, signature, validate
from ankus_runner.citing import KINDS
from ankus_runner.constraint import Call, Final, MalformedStep, StepGrammar
from ankus_runner.conversation import Conversation, Exchange, Turn, cap
from ankus_runner.errors import CallTimeoutError, NotAnsweredError, ServerDownError
from ankus_runner.events import (
    CallMade,
    Listener,
    ResultSeen,
    Sampling,
    StepDiscarded,
    StepStarted,
    nobody,
)
from ankus_runner.guard import RunGuard
from ankus_runner.hosts import Hosts, ToolResult
from ankus_runner.model import ChatModel, Completion
from ankus_runner.policy import Policy, filled
from ankus_runner.profile import Profile
from ankus_runner.run import Evidence, Outcome, Run, check_question
from ankus_runner.telling import completed, opening_made
from ankus_runner.vote import Candidate, decided, winner

INVALID_IN_A_ROW = 4
"""After so many steps without anything to execute the run is given up."""

UNSTUCK_TEMPERATURE = 0.7
"""Temperature after a repeated call, a restart or two invalid steps: at 0 the model would repeat itself."""

LESSON_CHARS = 240
"""Of each error that a restart keeps."""


class Agent:
    """A profile, a model and the tools of its servers, ready to answer questions.

    Args:
        model: The endpoint.
        binding: How its answers are bound to a grammar.
        hosts: The running MCP servers.
        catalogue: All tools of these servers.
        profile: Prompt, allowed tools and limits.
        listener: Told of every event as it happens.
    """

    def __init__(
        self,
        model: ChatModel,
        binding: Binding,
        hosts: Hosts,
        catalogue: Catalogue,
        profile: Profile,
        listener: Listener = nobody,
    ) -> None:
        self.profile = profile
        self._model = model
        self._binding = binding
        self._hosts = hosts
        self._catalogue = catalogue.allowed(profile.tools)
        self._policy = Policy(profile, hosts, self._catalogue)
        self._citing = KINDS[profile.cite]
        self._everything = catalogue
        self._listener = listener
        self._system = ""
        self._opening = ""

    async def prepare(self) -> None:
        """Make the prompt's fixed part: the tools' signatures and the results of the prelude.

        Raises:
            ServerDownError: A server of the prelude is down.
            NotAnsweredError: A call of the prelude failed.
        """
        tools = "\n".join(f"- {signature(self._policy.shown(tool))}" for tool in self._catalogue.tools)
        self._system = self.profile.prompt(tools)
        results = [(call, await self._prelude(call.tool, call.arguments)) for call in self.profile.prelude]
        self._opening = "\n\n".join(result for call, result in results if call.show)

    @property
    def prefix(self) -> str:
        """The prompt's fixed part, the same for every question until the schema or the profile changes."""
        return f"{self._system}\n\n{self._opening}"

    async def ask(
        self,
        question: str,
        *,
        earlier: list[Exchange] | None = None,
        after_first_step: Callable[[], Awaitable[None]] | None = None,
    ) -> Outcome:
        """Answer one question.

        Args:
            question: In words, in any language.
            earlier: What this conversation has asked and answered, the oldest first, which the question may
                refer to; the answered question is appended, and the oldest are dropped where room is short.
            after_first_step: Awaited once the first step has been generated.

        Raises:
            QuestionError: The question is empty or too long.
            NotAnsweredError: A limit was reached, or the model turned in a circle.
            EndpointError: The model's endpoint failed for good.
        """
        limits = self.profile.limits
        text = check_question(question, limits.question_chars)
        asked = earlier if earlier is not None else []
        conversation = Conversation(self._system, self._opening, f"Question: {text}", asked)
        run = Run(text, conversation, RunGuard(limits))
        run.temperature = self.profile.temperature
        with anyio.move_on_after(limits.seconds):
            await self._begin(run)
            while True:
                run.guard.begin_step()
                if run.guard.last_step:
                    run.evidence = run.evidence or run.doubtful
                answer = await self._step(run)
                if after_first_step is not None and run.guard.steps == 1:
                    await after_first_step()
                if answer is not None:
                    return run.outcome(answer)
        raise NotAnsweredError(
            f"There was no answer within {limits.seconds:g} seconds.", hint="Raise --max-seconds."
        )

    async def _prelude(self, name: str, arguments: Mapping[str, Any]) -> str:
        tool, seconds = self._everything.find(name), self.profile.limits.call_seconds
        result = await opening_made(self._hosts, self._listener, tool, arguments, seconds=seconds)
        if result.failed:
            raise NotAnsweredError(f"{name}, which every answer begins with, failed: {result.text}")
        return result.text

    async def _begin(self, run: Run) -> None:
        """Make the calls that the profile makes for each question; the model reads what they show."""
        for call in self.profile.on_question:
            result = await self._prelude(call.tool, filled(call.arguments, run.question))
            run.first_results[call.tool] = result
            if call.show:
                shown = cap(result, self.profile.limits.observation_chars)
                run.conversation.question += f"\n\n{call.tool}:\n{shown}"

    async def _step(self, run: Run) -> str | None:
        """One step: generate, then answer, or call and observe. The answer, if it was one."""
        await self._hosts.settle()
        grammar = self._policy.grammar(run)
        self._listener(StepStarted(run.guard.steps))
        completion = await self._generate(run, grammar)
        if completion.finish_reason == "length":
            self._reject(run, completion.text, "That step was too long and was cut off. Write a shorter one.")
            return None
        try:
            step = self._binding.read(completion.text)
        except MalformedStep as error:
            self._reject(run, completion.text, f"That was not a valid step: {error}")
            return None
        if isinstance(step.action, Final):
            return self._finish(run, completion.text, step.action, grammar)
        await self._act(run, completion.text, step.action, grammar)
        return None

    async def _generate(self, run: Run, grammar: StepGrammar) -> Completion:
        """One completion; one that was cut off is asked for again, with more room and no thought."""
        completion = await self._complete(run, grammar, self.profile.limits.step_tokens)
        if completion.finish_reason != "length":
            return completion
        self._listener(StepDiscarded("cut off: again with more room and no thought"))
        run.temperature = max(run.temperature, UNSTUCK_TEMPERATURE)  # or it would run the same way again
        without = replace(grammar, thought_chars=None)
        return await self._complete(run, without, 2 * self.profile.limits.step_tokens)

    async def _complete(self, run: Run, grammar: StepGrammar, max_tokens: int) -> Completion:
        await run.conversation.fit(self._model, self.profile.limits.context_tokens - max_tokens)
        completion = await completed(
            self._model,
            self._listener,
            run.conversation.messages(),
            max_tokens=max_tokens,
            temperature=run.temperature,
            constraint=self._binding.fields(grammar),
        )
        run.guard.usage += completion.usage
        if not run.first_token_seconds:
            run.first_token_seconds = completion.first_token_seconds
        return completion

    def _finish(self, run: Run, text: str, final: Final, grammar: StepGrammar) -> str | None:
        if not grammar.final:
            needed = " or ".join(self.profile.answer_after)
            self._reject(run, text, f"There is nothing to answer from yet: first call {needed}.")
            return None
        judged = self._citing.judged(final.text, run.conversation.observations())
        if judged.complaint:
            self._reject(run, text, judged.complaint)
            return None
        run.sources = judged.sources
        run.conversation.earlier.append(run.conversation.settled(text))
        return final.text

    async def _act(self, run: Run, text: str, written: Call, grammar: StepGrammar) -> None:
        call = self._completed(run, written)
        problem = self._problem(run, call)
        if problem is not None:
            self._reject(run, text, problem)
            return
        run.invalid_in_a_row = 0
        run.must_answer, run.temperature = False, self.profile.temperature
        if run.guard.repeats(call.name, call.arguments):
            self._unstick(run, text, call)
            return
        chosen = Candidate(text, call, await self._call(run, self._catalogue.find(call.name), call))
        if self._may_vote(run, call):
            chosen = await self._vote(run, grammar, chosen)
        limit = self.profile.limits.observation_chars
        if chosen.result.failed:
            self._fail(run, chosen.text, cap(chosen.result.text, limit))
            return
        seen = self._citing.shown(chosen.result.text, limit, run.conversation.observations())
        self._remember(run, chosen.call, chosen.result)
        run.failures.clear()
        run.conversation.add(Turn(chosen.text, f"Observation: {seen}"))

    def _completed(self, run: Run, call: Call) -> Call:
        return Call(call.name, self._policy.filled(run, call.name, call.arguments))

    def _may_vote(self, run: Run, call: Call) -> bool:
        """Whether a call is compared with other samples: it reads only, and an answer would rest on it."""
        answers = call.name in self.profile.answer_after and not self._policy.may_answer(run)
        return self.profile.samples > 1 and answers and self._catalogue.find(call.name).read_only

    async def _vote(self, run: Run, grammar: StepGrammar, first: Candidate) -> Candidate:
        """Sample the step again, execute what differs, and take what most samples agree on."""
        candidates, drawn = [first], 1
        run.temperature = max(self.profile.temperature, UNSTUCK_TEMPERATURE)
        while drawn < self.profile.samples and not decided(candidates, self.profile.samples):
            drawn += 1
            self._listener(Sampling(drawn))
            completion = await self._complete(run, grammar, self.profile.limits.step_tokens)
            if (candidate := await self._candidate(run, completion, candidates)) is not None:
                candidates.append(candidate)
        run.temperature = self.profile.temperature
        return winner(candidates)

    async def _candidate(self, run: Run, completion: Completion, others: list[Candidate]) -> Candidate | None:
        """A further sample with its result, or None where it is no valid call of the same tool."""
        try:
            step = self._binding.read(completion.text)
        except MalformedStep:
            return None
        call = self._completed(run, step.action) if isinstance(step.action, Call) else step.action
        if (
            completion.finish_reason == "length"
            or not isinstance(call, Call)
            or call.name != others[0].call.name
        ):
            return None
        if self._problem(run, call) is not None:
            return None
        known = next((other.result for other in others if other.call == call), None)
        result = known or await self._call(run, self._catalogue.find(call.name), call)
        return Candidate(completion.text, call, result)

    def _fail(self, run: Run, text: str, error: str) -> None:
        """Show a failed call with its error once; after the next failure begin anew with the errors alone."""
        run.failures.append(cap(" ".join(error.split()), LESSON_CHARS))
        if len(run.failures) == 1 or self._policy.may_answer(run):
            run.conversation.add(Turn(text, f"Error: {error}", failed=True))
            return
        run.conversation.restart(run.failures[-3:])
        run.temperature = max(self.profile.temperature, UNSTUCK_TEMPERATURE)

    async def _call(self, run: Run, tool: Tool, call: Call) -> ToolResult:
        self._listener(CallMade(call.name, call.arguments))
        try:
            result = await self._hosts.call(
                tool.server, tool.tool, call.arguments, seconds=self.profile.limits.call_seconds
            )
        except CallTimeoutError as error:
            result = ToolResult(str(error), None, failed=True)
        except ServerDownError as error:
            run.guard.forget(call.name, call.arguments)  # made again, it is no repetition
            result = ToolResult(str(error), None, failed=True)
        self._listener(ResultSeen(call.name, result))
        return result

    def _remember(self, run: Run, call: Call, result: ToolResult) -> None:
        run.images.extend(result.images)
        if self.profile.answer_after and call.name not in self.profile.answer_after:
            return
        found = Evidence(call.name, call.arguments, result)
        if result.advice and run.doubtful is None and run.evidence is None:
            run.doubtful = found  # once: the model is to correct its call before it answers
        else:
            run.evidence = found

    def _problem(self, run: Run, call: Call) -> str | None:
        """Why a call is not executed, in words that the model can act on."""
        names = [tool.name for tool in self._policy.tools(run)]
        if call.name not in names:
            return f"There is no tool {call.name} now. Use {', '.join(names) or 'Final'}."
        problems = validate(self._catalogue.find(call.name), call.arguments)
        return f"The arguments of {call.name} are wrong: {'; '.join(problems)}." if problems else None

    def _unstick(self, run: Run, text: str, call: Call) -> None:
        """React to a repeated call: leave only an answer in the next grammar, or begin anew."""
        self._listener(StepDiscarded("the same call as before"))
        run.evidence = run.evidence or run.doubtful
        if self._policy.may_answer(run):
            run.must_answer = True  # a new grammar: at any temperature it is no repetition
            advice = "You made this very call before; its result stands above. Answer from it."
            run.conversation.add(Turn(text, f"Error: {advice}", invalid=True))
            return
        run.temperature = max(self.profile.temperature, UNSTUCK_TEMPERATURE)
        if run.failures:
            run.conversation.restart(run.failures[-3:])
        else:
            advice = f"You made this very call of {call.name} before; its result stands above. Go on."
            run.conversation.add(Turn(text, f"Error: {advice}", invalid=True))

    def _reject(self, run: Run, text: str, reason: str) -> None:
        """Give a step that cannot be executed back to the model.

        Raises:
            NotAnsweredError: Too many such steps came in a row.
        """
        self._listener(StepDiscarded(reason))
        run.invalid_in_a_row += 1
        if run.invalid_in_a_row >= INVALID_IN_A_ROW:
            raise NotAnsweredError(
                f"The model made {INVALID_IN_A_ROW} invalid steps in a row; the last: {reason}",
                hint="Use a larger model, or one whose server obeys grammars.",
            )
        if run.invalid_in_a_row > 1:
            run.temperature = max(self.profile.temperature, UNSTUCK_TEMPERATURE)
        run.conversation.add(Turn(cap(text, 600), f"Error: {reason}", invalid=True))
