"""How a step is written: the prompt made to fit, the model asked, and asked again where it was cut off."""

from dataclasses import dataclass, replace

from ankus_runner.cascade import Verifier
from ankus_runner.chain import Chain
from ankus_runner.constraint import StepGrammar
from ankus_runner.context import Context
from ankus_runner.events import StepDiscarded
from ankus_runner.link import Request, Written
from ankus_runner.profile import Profile
from ankus_runner.run import Run

UNSTUCK_TEMPERATURE = 0.7
"""Temperature after a repeated call, a restart or two invalid steps: at 0 the model would repeat itself."""


@dataclass(frozen=True)
class StepWriter:
    """Writes the steps of a profile's runs."""

    profile: Profile
    model: Chain
    context: Context
    verifier: Verifier

    async def step(self, run: Run, grammar: StepGrammar) -> Written:
        """The next step; one that was cut off is asked for again, with more room and no thought.

        Raises:
            EndpointError: No model can write it.
            ContextFullError: The system prompt and the question alone are too long.
        """
        written = await self.sample(run, grammar)
        if written.finish_reason != "length":
            return written
        run.tell(StepDiscarded("cut off: again with more room and no thought"))
        warmer(run)  # or it would run the same way again
        without = replace(grammar, thought_chars=None)
        return await self._written(run, without, 2 * self.profile.limits.step_tokens)

    async def sample(self, run: Run, grammar: StepGrammar) -> Written:
        """The same, once."""
        return await self._written(run, grammar, self.profile.limits.step_tokens)

    async def _written(self, run: Run, grammar: StepGrammar, max_tokens: int) -> Written:
        run.guard.usage += await self.context.fit(run.conversation, max_tokens, run.tell)
        request = Request(run.conversation.messages(), grammar, max_tokens, run.temperature, run.models)
        written = await self.model.complete(request, listener=run.tell, verify=self.verifier.of(run))
        run.guard.usage += written.usage
        run.first_token_seconds = run.first_token_seconds or written.first_token_seconds
        return written


def warmer(run: Run) -> None:
    """Raise the temperature of a run that would repeat itself."""
    run.temperature = max(run.temperature, UNSTUCK_TEMPERATURE)
