"""What the next step of a run may be: a tool that may not be called now is not in its grammar at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ankus_runner.approvals import Rules
from ankus_runner.builtin import BuiltIn
from ankus_runner.catalogue import Catalogue, Tool, signature, validate
from ankus_runner.citing import KINDS
from ankus_runner.constraint import Call, StepGrammar
from ankus_runner.errors import NotAllowedError, NotAnsweredError
from ankus_runner.hooks import Hooks
from ankus_runner.hosts import Hosts
from ankus_runner.profile import BoundTool, Profile
from ankus_runner.run import Run
from ankus_shared.untrusted import without_frames


@dataclass(frozen=True)
class Policy:
    """A profile's limits and the servers that are up, as the grammar of the next step."""

    profile: Profile
    hosts: Hosts
    catalogue: Catalogue
    everything: Catalogue
    """All tools of all servers: the profile itself may call more than its agent."""
    built_ins: tuple[BuiltIn, ...] = ()

    @property
    def rules(self) -> Rules:
        """Which calls need a person's word."""
        return Rules(self.profile.approvals)

    def signatures(self, hooks: Hooks) -> str:
        """The tools as the system prompt of a run with these hooks lists them."""
        built_in = [tool.listed for tool in self.built_ins if tool.listed is not None]
        usable = (tool for tool in self.catalogue.tools if self.may(hooks, tool))
        tools = [*map(self.shown, usable), *built_in]
        return "\n".join(f"- {signature(tool)}" for tool in tools)

    def grammar(self, run: Run) -> StepGrammar:
        """What the next step may be.

        Raises:
            NotAnsweredError: Nothing is left: every tool is down and there is nothing to answer from.
        """
        limits = self.profile.limits
        return StepGrammar(
            tools=self.offered(run),
            final=self.may_answer(run),
            thought_chars=limits.thought_chars or None,
            final_chars=limits.final_chars,
            string_chars=limits.string_chars,
            openings=KINDS[self.profile.cite].openings(run.question, run.conversation.observations()),
        )

    def offered(self, run: Run) -> list[Tool]:
        """The tools that may be called now, as the grammar offers them.

        Raises:
            NotAnsweredError: Nothing is left: every tool is down and there is nothing to answer from.
        """
        tools = self.tools(run)
        if not tools and not self.may_answer(run):
            raise NotAnsweredError(
                "No tool is left to call: their servers are down, or nobody allowed them.",
                hint="Look at the servers' logs.",
            )
        return [self._offered(run, tool) for tool in tools]

    def may(self, hooks: Hooks, tool: Tool) -> bool:
        """Whether the user of a run may call a tool, and where that needs a word, somebody can be asked."""
        need = self.rules.of(tool)
        return need != "never" and hooks.allowed.tool(tool) and (need == "free" or hooks.approver.reachable)

    def admit(self, hooks: Hooks) -> None:
        """Refuse a run that could do nothing.

        Raises:
            NotAllowedError: Its user may not use the profile, a tool that the profile itself calls, or any
                tool that an answer can rest on; or nobody can be asked whether these may be called.
        """
        profile, allowed = self.profile, hooks.allowed
        if not allowed.profile(profile.name):
            message = f"The user '{hooks.user}' may not use the profile '{profile.name}'."
            raise NotAllowedError(message, code="profile_not_allowed")
        for call in (*profile.prelude, *profile.on_question):
            allowed.check(hooks.user, self.everything.find(call.tool))
        tools = [tool for tool in self.catalogue.tools if allowed.tool(tool)]
        if not self._answerable(tools):
            raise NotAllowedError(
                f"The user '{hooks.user}' may call no tool that '{profile.name}' answers from."
            )
        if not self._answerable([tool for tool in tools if self.may(hooks, tool)]):
            raise NotAllowedError(
                f"The tools that '{profile.name}' needs wait for a person's word, and nobody can be asked.",
                hint="Run it on a terminal, or say --approve all.",
                code="nobody_to_ask",
            )

    def _answerable(self, tools: Sequence[Tool]) -> bool:
        """Whether an answer is possible with these tools alone."""
        after = self.profile.answer_after
        return any(not after or tool.name in after for tool in tools)

    def harmless(self, tool: Tool) -> bool:
        """Whether a tool may be tried, to compare what it answers: it only reads, and needs no word."""
        return tool.read_only and self.rules.of(tool) == "free"

    def may_answer(self, run: Run) -> bool:
        """Whether there is something to answer from."""
        return not self.profile.answer_after or run.evidence is not None

    def tools(self, run: Run) -> tuple[Tool, ...]:
        """The tools whose server is up, and the runner's own that have something to do.

        There are none where the run must answer, nor in the last step, if an answer is possible there.
        """
        if run.must_answer or (run.guard.last_step and self.may_answer(run)):
            return ()
        up = self.hosts.up()
        tools = [tool for tool in self.catalogue.tools if tool.server in up and self.may(run.hooks, tool)]
        tools = [tool for tool in tools if tool.name not in run.unanswered]
        tools = [tool for tool in tools if tool.name not in run.left_out] or tools
        if tools:
            offered = (built_in.offered(run) for built_in in self.built_ins)
            tools += [tool for tool in offered if tool is not None]
        return tuple(tools)

    def problem(self, run: Run, call: Call) -> str:
        """Why a call is not executed, in words that the model can act on; "" where it may be."""
        tools = {tool.name: tool for tool in self.tools(run)}
        if call.name not in tools:
            return f"There is no tool {call.name} now. Use {', '.join(tools) or 'Final'}."
        problems = validate(tools[call.name], call.arguments)
        return f"The arguments of {call.name} are wrong: {'; '.join(problems)}." if problems else ""

    def whole(self, run: Run, call: Call) -> Call:
        """A call with the arguments that the profile fills in."""
        return Call(call.name, self.filled(run, call.name, call.arguments))

    def filled(self, run: Run, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """A call's arguments with those that the profile fills in."""
        bound = self._bound(name)
        return {**arguments, **(filled(bound.fill, run.question) if bound else {})}

    def shown(self, tool: Tool) -> Tool:
        """A tool as the model sees it: without what the profile fills in or hides, and narrower."""
        bound = self._bound(tool.name)
        if bound is None:
            return tool
        unseen = {*bound.fill, *bound.hide}
        properties = {
            name: {**schema, **bound.narrow.get(name, {})}
            for name, schema in tool.schema["properties"].items()
            if name not in unseen
        }
        required = [name for name in tool.schema["required"] if name in properties]
        schema = {**tool.schema, "properties": properties, "required": required}
        return replace(tool, schema=schema, raw=tool.raw if tool.raw in properties else "")

    def _offered(self, run: Run, tool: Tool) -> Tool:
        """A tool as the grammar offers it: what the model sees, bound by what other tools gave."""
        bound, shown = self._bound(tool.name), self.shown(tool)
        if bound is None:
            return shown
        properties = dict(shown.schema["properties"])
        for argument, source in bound.grammar.items():
            gbnf = without_frames(run.first_results[source])
            properties[argument] = _with_grammar(properties[argument], gbnf)
        return replace(shown, schema={**shown.schema, "properties": properties})

    def _bound(self, name: str) -> BoundTool | None:
        return next((bound for bound in self.profile.bound if bound.tool == name), None)


def filled(arguments: Mapping[str, Any], question: str) -> dict[str, Any]:
    """Arguments with the question in the place of `$question`."""
    return {
        name: value.replace("$question", question) if isinstance(value, str) else value
        for name, value in arguments.items()
    }


def _with_grammar(schema: Mapping[str, Any], gbnf: str) -> dict[str, Any]:
    """A text, or a list of texts, bound by a grammar."""
    if schema.get("type") == "array":
        return {**schema, "items": _with_grammar(schema["items"], gbnf)}
    return {**schema, "gbnf": gbnf}
