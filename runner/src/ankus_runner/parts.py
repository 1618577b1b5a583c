"""What an agent is put together from: a profile, models, the tools of its servers, and what judges steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from ankus_runner.approvals import Gate, Rules
from ankus_runner.builtin import BuiltIn
from ankus_runner.calls import Calls
from ankus_runner.cascade import Verifier
from ankus_runner.catalogue import Catalogue
from ankus_runner.chain import Chain
from ankus_runner.citing import KINDS, Citing
from ankus_runner.context import Context
from ankus_runner.hosts import Hosts
from ankus_runner.memory.memory import Memory
from ankus_runner.memory.opening import Known
from ankus_runner.memory.tools import memory_tools
from ankus_runner.policy import Policy
from ankus_runner.profile import Profile
from ankus_runner.read_again import ReadAgain
from ankus_runner.recovery import Recovery
from ankus_runner.tool_calls import ToolCalls
from ankus_runner.voting import Voting
from ankus_runner.writing import StepWriter


@dataclass(frozen=True)
class Parts:
    """The parts of one agent, none of which holds anything of a single run."""

    profile: Profile
    model: Chain
    hosts: Hosts
    context: Context
    policy: Policy
    calls: Calls
    citing: Citing
    writer: StepWriter
    voting: Voting
    recovery: Recovery
    known: Known


def assemble(
    model: Chain,
    hosts: Hosts,
    catalogue: Catalogue,
    profile: Profile,
    built_ins: Sequence[BuiltIn] = (),
    memory: Memory | None = None,
) -> Parts:
    """Put an agent's parts together.

    Args:
        model: The models, asked in their order.
        hosts: The running MCP servers.
        catalogue: All tools of these servers.
        profile: Prompt, allowed tools and limits.
        built_ins: Tools of the runner besides the one that reads results again and those of memory.
        memory: What is known of users, where the profile uses it.

    Raises:
        UnknownTool: The profile, or the check of a plan, names a tool that is not there.
    """
    catalogue.allowed(profile.context.pins)  # or a pin is of no tool
    rules = Rules(profile.approvals)
    catalogue.allowed((*rules.policy.ask, *rules.policy.allow, *rules.policy.never))  # or it is of no tool
    allowed = catalogue.allowed(profile.tools)
    context = Context(profile, model)
    own = (ReadAgain(context), *memory_tools(memory, profile), *built_ins)
    policy = Policy(profile, hosts, allowed, catalogue, own)
    cached = [tool.name for tool in catalogue.allowed(profile.cache.tools)]
    tools = ToolCalls(hosts, profile.limits.call_seconds, cached, profile.cache.seconds)
    calls = Calls(tools, catalogue, {tool.name: tool for tool in own}, Gate(rules))
    verifier = Verifier(model.cascade, model.plan_tool, policy, catalogue, tools)
    writer = StepWriter(profile, model, context, verifier)
    voting, recovery = Voting(profile, policy, writer, calls), Recovery(policy)
    citing, known = KINDS[profile.cite], Known(memory, profile)
    return Parts(profile, model, hosts, context, policy, calls, citing, writer, voting, recovery, known)
