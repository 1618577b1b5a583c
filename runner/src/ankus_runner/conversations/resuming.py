"""A run that is kept from its beginning to its end, and goes on where it was interrupted.

A call that was on its way is made again if its tool only reads. One that may write is not: nobody knows
whether it was carried out, and that is what the model reads in the place of its result.
"""

from collections.abc import Awaitable, Callable, Sequence

from ankus_runner.conversation import Turn
from ankus_runner.conversations.state import Pending
from ankus_runner.errors import NotAnsweredError
from ankus_runner.events import Warned
from ankus_runner.loop import Agent
from ankus_runner.outcome import Outcome
from ankus_runner.run import Run

UNKNOWN = (
    "Observation: (The run was interrupted during this call. It is not known whether it was carried out: "
    "find that out before you make it again.)"
)


async def answered(
    agent: Agent,
    run: Run,
    pending: Sequence[Pending] = (),
    after_first_step: Callable[[], Awaitable[None]] | None = None,
) -> Outcome:
    """Answer the question of a run, new or resumed; where a model or a server fails, it stays unfinished.

    Args:
        pending: The calls that were on their way when it was interrupted.

    Raises:
        NotAnsweredError: It is given up.
        RunnerError: See `Agent.ask`; it can be gone on with.
    """
    keeper, there = run.hooks.keeper, {link.spec.name for link in agent.parts.model.links}
    run.models = tuple(name for name in run.models if name in there)  # it may be resumed with others
    try:
        await _settle(agent, run, pending)
        await keeper.stepped(run)
        outcome = await agent.go_on(run, after_first_step)
    except NotAnsweredError:
        await keeper.ended(run)
        raise
    await keeper.ended(run)
    return outcome


async def _settle(agent: Agent, run: Run, pending: Sequence[Pending]) -> None:
    """Take the step whose calls were on their way; those behind the first were further samples of it."""
    unknown = [each for each in pending if run.conversation.times(each.text) == each.before]
    writes = [each for each in unknown if not _only_reads(agent, run, each.call.name)]
    if unknown and not writes:
        await agent.call(run, unknown[0].text, unknown[0].call, agent.parts.policy.grammar(run))
    for each in writes:
        name = each.call.name
        run.guard.forget(name, each.call.arguments)  # made again, it is no repetition
        run.conversation.add(Turn(each.text, UNKNOWN, tool=name))
        run.tell(Warned(f"it is not known whether {name} was carried out before the run was interrupted"))


def _only_reads(agent: Agent, run: Run, name: str) -> bool:
    if (built_in := agent.parts.calls.built_ins.get(name)) is not None:
        tool = built_in.offered(run) or built_in.listed
        return tool is not None and tool.read_only
    return any(tool.name == name and tool.read_only for tool in agent.parts.calls.catalogue.tools)
