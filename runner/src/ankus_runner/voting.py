"""The call that an answer would rest on, sampled again where it only reads; see `ankus_runner.vote`."""

from dataclasses import dataclass, replace

from ankus_runner.calls import Calls, Made
from ankus_runner.constraint import Call, MalformedStep, StepGrammar
from ankus_runner.events import Sampling
from ankus_runner.link import Written
from ankus_runner.policy import Policy
from ankus_runner.profile import Profile
from ankus_runner.run import Run
from ankus_runner.vote import decided, winner
from ankus_runner.writing import StepWriter, warmer


@dataclass(frozen=True)
class Voting:
    """Samples again the call that an answer would rest on, where it only reads."""

    profile: Profile
    policy: Policy
    writer: StepWriter
    calls: Calls

    async def on(self, run: Run, grammar: StepGrammar, first: Made) -> Made:
        """What most samples of a step agree on: `first` where there is nothing to compare."""
        if not self._applies(run, first.call):
            return first
        candidates, drawn = [first], 1
        run.temperature = self.profile.temperature
        warmer(run)
        while drawn < self.profile.samples and not decided(candidates, self.profile.samples):
            drawn += 1
            run.tell(Sampling(drawn))
            written = await self.writer.sample(run, grammar)
            if (candidate := await self._candidate(run, written, candidates)) is not None:
                candidates.append(candidate)
        run.temperature = self.profile.temperature
        return winner(candidates)

    def _applies(self, run: Run, call: Call) -> bool:
        answers = call.name in self.profile.answer_after and not self.policy.may_answer(run)
        if self.profile.samples == 1 or not answers:
            return False
        return self.policy.harmless(self.policy.catalogue.find(call.name))

    async def _candidate(self, run: Run, written: Written, others: list[Made]) -> Made | None:
        """A further sample with its result, or None where it is no valid call of the same tool."""
        call = self._call(run, written)
        if call is None or call.name != others[0].call.name or self.policy.problem(run, call):
            return None
        known = next((other for other in others if other.call == call), None)
        if known is not None:
            return replace(known, text=written.text)
        return await self.calls.make(run, written.text, call)

    def _call(self, run: Run, written: Written) -> Call | None:
        try:
            action = written.step().action
        except MalformedStep:
            return None
        if written.finish_reason == "length" or not isinstance(action, Call):
            return None
        return self.policy.whole(run, action)
