"""What is done with a step that brings nothing new: it is given back, or the run begins anew without it."""

from dataclasses import dataclass

from ankus_runner.calls import Made
from ankus_runner.circles import Circle
from ankus_runner.constraint import Call
from ankus_runner.conversation import Turn
from ankus_runner.errors import NotAnsweredError
from ankus_runner.events import Guarded, StepDiscarded
from ankus_runner.excerpt import cap
from ankus_runner.policy import Policy
from ankus_runner.run import Run
from ankus_runner.writing import warmer

INVALID_IN_A_ROW = 4
"""After so many steps without anything to execute the run is given up."""

LESSON_CHARS = 240
"""Of each error that a restart keeps."""

LESSONS = 3
"""Errors that a restart keeps, the newest ones."""


@dataclass(frozen=True)
class Recovery:
    """How the runs of a profile go on after such a step."""

    policy: Policy

    def reject(self, run: Run, text: str, reason: str) -> None:
        """Give a step that cannot be executed back to the model.

        Raises:
            NotAnsweredError: Too many such steps came in a row.
        """
        run.tell(StepDiscarded(reason))
        run.invalid_in_a_row += 1
        if run.invalid_in_a_row >= INVALID_IN_A_ROW:
            raise NotAnsweredError(
                f"The model made {INVALID_IN_A_ROW} invalid steps in a row; the last: {reason}",
                hint="Use a larger model, or one whose server obeys grammars.",
            )
        if run.invalid_in_a_row > 1:
            warmer(run)
        run.conversation.add(Turn(cap(text, 600), f"Error: {reason}", invalid=True))

    def failed(self, run: Run, text: str, error: str) -> None:
        """Show a failed call with its error once; after the next failure begin anew with the errors alone."""
        run.failures.append(cap(" ".join(error.split()), LESSON_CHARS))
        if len(run.failures) == 1 or self.policy.may_answer(run):
            run.conversation.add(Turn(text, f"Error: {error}", failed=True))
            return
        run.conversation.restart(run.failures[-LESSONS:])
        warmer(run)

    def repeated(self, run: Run, text: str, call: Call) -> None:
        """React to a repeated call: leave only an answer in the next grammar, or begin anew."""
        run.tell(StepDiscarded("the same call as before"))
        run.evidence = run.evidence or run.doubtful
        if self.policy.may_answer(run):
            run.must_answer = True  # a new grammar: at any temperature it is no repetition
            advice = "You made this very call before; its result stands above. Answer from it."
            run.conversation.add(Turn(text, f"Error: {advice}", invalid=True))
            return
        self._turns(run, run.guard.watch.around(call.name))
        if run.failures:
            run.conversation.restart(run.failures[-LESSONS:])
        else:
            advice = f"You made this very call of {call.name} before; its result stands above. Go on."
            run.conversation.add(Turn(text, f"Error: {advice}", invalid=True))

    def observed(self, run: Run, made: Made) -> None:
        """React to a result that closes a circle: only an answer, or other tools, are in the next grammar."""
        watch = run.guard.watch
        tool = next((tool for tool in self.policy.catalogue.tools if tool.name == made.call.name), None)
        if tool is None:
            return  # the runner's own
        if not tool.read_only:
            watch.wrote()
        elif circle := watch.answered(tool.name, made.result.text):
            self._turns(run, circle)

    def _turns(self, run: Run, circle: Circle) -> None:
        run.tell(Guarded(circle.kind, tuple(sorted(circle.tools)), circle.reason))
        run.evidence = run.evidence or run.doubtful
        if self.policy.may_answer(run):
            run.must_answer = True  # a new grammar, which no temperature is needed for
        else:
            run.left_out = set(circle.tools)
            warmer(run)
