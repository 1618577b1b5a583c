"""ReWOO against a scripted model and a real MCP server: plans, what runs when, and what follows a failure."""

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest

from ankus_runner.catalogue import Tool, build_catalogue
from ankus_runner.chain import Chain
from ankus_runner.constraint import Call, Plan, render_plan
from ankus_runner.conversation import History
from ankus_runner.endpoints import single
from ankus_runner.errors import PlanFailedError, PlanRefusedError
from ankus_runner.events import Approved, CallMade, Event, PlanMade, ResultSeen, StepDiscarded
from ankus_runner.hooks import AllowAll, Approver, Hooks, KeepNothing, Verdict
from ankus_runner.hosts import Hosts, open_hosts
from ankus_runner.link import Link
from ankus_runner.loop import Agent
from ankus_runner.outcome import Outcome
from ankus_runner.parts import assemble
from ankus_runner.plan_approval import PlanApproved, PlanEdited, PlanRefused, PlanVerdict
from ankus_runner.profile import Profile
from ankus_runner.prompting import prompt_of
from ankus_runner.run import Run
from tests.fixtures.agent import toys_in
from tests.fixtures.scripted import Reply, ScriptedModel, final, serve_scripted

APPLE = 'E1 = toy__weigh {"word":"apple"}'
PROFILE: dict[str, Any] = {
    "name": "toys",
    "description": "Plays with toys.",
    "mode": "rewoo",
    "tools": ["*"],
    "answer_after": ["toy__look_up", "toy__meet", "toy__weigh", "toy__die_once"],
    "versions": prompt_of("Tools:\n{{ tools }}"),
}


def planned(*lines: str, thought: str = "All at once.") -> Reply:
    return Reply("\n".join([f"Thought: {thought}", *lines]))


@dataclass
class Toys:
    """A model, servers, and what agents over them do."""

    model: ScriptedModel
    chain: Chain
    hosts: Hosts
    folder: Path
    events: list[Event] = field(default_factory=list)

    def agent(self, gone: Sequence[str] = (), **changes: Any) -> Agent:
        tools = self.hosts.servers["toy"].tools
        catalogue = build_catalogue({"toy": tools, **dict.fromkeys(gone, tools)})
        profile = Profile.model_validate({**PROFILE, **changes})
        return Agent(assemble(self.chain, self.hosts, catalogue, profile))

    async def ask(
        self,
        *script: Reply,
        question: str = "Who?",
        judge: "Judge | None" = None,
        approver: Approver | None = None,
        **changes: Any,
    ) -> Outcome:
        self.model.play(*script)
        hooks = Hooks(self.events.append, approver or AllowAll(), plan_approver=judge)
        return await self.agent(**changes).ask(question, hooks=hooks)

    def asked(self, number: int) -> list[str]:
        """The contents of the messages of a request."""
        return [message["content"] for message in self.model.requests[number]["messages"]]

    def happened(self) -> list[str]:
        """Calls and their ends, by their names."""
        return [
            f"{'calls' if isinstance(event, CallMade) else 'ended'} {event.step}"
            for event in self.events
            if isinstance(event, (CallMade, ResultSeen))
        ]

    def called(self) -> list[tuple[str, dict[str, Any]]]:
        return [(event.step, event.arguments) for event in self.events if isinstance(event, CallMade)]


@dataclass
class Judge:
    """A person whose verdicts are known beforehand."""

    verdicts: list[PlanVerdict]
    seen: list[tuple[str, list[str]]] = field(default_factory=list)

    async def judge(self, question: str, plan: Plan, problems: Sequence[str]) -> PlanVerdict:
        self.seen.append((render_plan(plan), list(problems)))
        return self.verdicts.pop(0)


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory, toy_nursery: Path) -> AsyncGenerator[Toys]:
    folder = tmp_path_factory.mktemp("toys")
    config = toys_in(folder, toy_nursery)
    with serve_scripted(ScriptedModel()) as model:
        async with open_hosts(config) as hosts:
            chain = Chain([Link(single(model.url, model="m"))])
            await chain.prepare()
            yield Toys(model, chain, hosts, folder)
            await chain.aclose()


@pytest.fixture
def toys(served: Toys) -> Toys:
    served.model.requests.clear()
    served.events.clear()
    return served


async def test_two_calls_run_at_once_and_a_third_takes_what_both_answered(toys: Toys) -> None:
    outcome = await toys.ask(
        planned(
            'E1 = toy__meet {"word":"ann"}',  # each answers only while the other is there
            'E2 = toy__meet {"word":"bob"}',
            'E3 = toy__look_up {"word":$["Who? ",$E1,"; ",$E2]}',
        ),
        final("They met."),
    )

    assert outcome.answer == "They met."
    assert toys.called()[2] == ("E3", {"word": "Who? ann met somebody; bob met somebody"})
    assert outcome.evidence is not None
    assert outcome.evidence.tool == "toy__look_up"
    assert outcome.steps == 5  # the plan, three calls, the answer
    assert len(toys.model.requests) == 2


async def test_typed_parts_of_results_are_taken_as_they_are(toys: Toys) -> None:
    await toys.ask(
        planned(APPLE, 'E2 = toy__look_up {"word":$E1/word,"times":$E1/letters}'),
        final("Five times."),
    )

    assert toys.called()[1] == ("E2", {"word": "apple", "times": 5})


async def test_the_plan_is_told_before_anything_runs_and_the_results_stand_as_steps(toys: Toys) -> None:
    await toys.ask(planned(APPLE, 'E2 = toy__look_up {"word":$E1/word}'), final("An apple."))

    kinds = [type(event).__name__ for event in toys.events]
    assert kinds.index("PlanMade") < kinds.index("CallMade")
    plan = next(event for event in toys.events if isinstance(event, PlanMade))
    assert plan.waits == {"E1": [], "E2": ["E1"]}
    before, after = toys.asked(0), toys.asked(1)
    assert before[0] == after[0]  # the prompt only grows, apart from what asks for the plan
    assert before[1].startswith(after[1])
    assert after[2] == 'Thought: E1 of the plan.\nCall: toy__weigh {"word":"apple"}'
    assert "Observation: apple means itself" in after[-1]
    assert "toy__" not in toys.model.requests[1]["grammar"]  # only the answer is left


async def test_the_order_of_the_plan_is_the_order_in_the_conversation(toys: Toys) -> None:
    history = History()
    toys.model.play(
        planned(
            'E1 = toy__meet {"word":"a"}', 'E2 = toy__meet {"word":"b"}', 'E3 = toy__meet {"word":"c"}',
            'E4 = toy__meet {"word":"d"}',
        ),
        final("All."),
    )  # fmt: skip

    await toys.agent().ask("Who?", earlier=history, hooks=Hooks(toys.events.append))

    (exchange,) = history.exchanges
    assert [turn.step.splitlines()[0] for turn in exchange.turns] == [
        f"Thought: E{n} of the plan." for n in (1, 2, 3, 4)
    ]
    assert [turn.handle for turn in exchange.turns] == ["obs1", "obs2", "obs3", "obs4"]


async def test_what_writes_runs_alone_in_the_order_of_the_plan_and_is_approved_like_any_call(
    toys: Toys,
) -> None:
    asked: list[str] = []

    class Person:
        reachable = True

        async def ask(self, run: Run, call: Call, tool: Tool) -> Verdict:
            asked.append(f"{call.name} {json.dumps(call.arguments)}")
            return Verdict(call) if call.arguments != {"text": "no"} else Verdict(None, "A person said no.")

    await toys.ask(
        planned(APPLE, 'E2 = toy__note {"text":$E1/word}', 'E3 = toy__weigh {"word":"fig"}'),
        final("Noted."),
        approver=Person(),
    )

    assert toys.happened() == ["calls E1", "ended E1", "calls E2", "ended E2", "calls E3", "ended E3"]
    assert 'toy__note {"text": "apple"}' in asked
    assert (toys.folder / "notes").read_text("utf-8") == "apple\n"

    await toys.ask(
        planned(APPLE, 'E2 = toy__note {"text":"no"}'),
        planned("Nothing to call."),
        final("No."),
        approver=Person(),
    )

    assert "E2 failed: A person said no." in toys.asked(-2)[-1]
    assert (toys.folder / "notes").read_text("utf-8") == "apple\n"


async def test_after_a_failure_the_rest_is_planned_anew_and_what_succeeded_is_kept(toys: Toys) -> None:
    outcome = await toys.ask(
        planned(
            APPLE,
            'E2 = toy__fail_always {"reason":"no such pear"}',
            'E3 = toy__look_up {"word":$E2}',
        ),
        planned('E4 = toy__look_up {"word":$E1/word}', APPLE.replace("E1", "E5")),
        final("An apple."),
    )

    assert outcome.answer == "An apple."
    assert [name for name, _ in toys.called()] == ["E1", "E2", "E4"]  # E5 is what E1 answered already
    second = toys.asked(1)[-1]
    assert "Succeeded, and may be referred to: E1." in second
    assert "- E2 failed: Error executing tool fail_always: it failed: no such pear" in second
    assert "- E3 was not called, since E2 failed." in second
    grammar = toys.model.requests[1]["grammar"]
    assert '"E4 = "' in grammar
    assert '"$E1"' in grammar
    assert '"$E2"' not in grammar


async def test_a_part_that_is_not_there_fails_its_step_and_says_what_there_is(toys: Toys) -> None:
    await toys.ask(
        planned('E1 = toy__look_up {"word":"xylo"}', 'E2 = toy__weigh {"word":$E1/words/0}'),
        planned('E3 = toy__weigh {"word":$E1/advice}'),
        final("So."),
    )

    assert "E2 failed: The result of E1 has no /words/0. There is advice." in toys.asked(1)[-1]
    assert toys.called()[-1] == ("E3", {"word": "There is no such word: write it without x."})


async def test_a_text_that_is_too_long_is_not_passed_on(toys: Toys) -> None:
    await toys.ask(
        planned('E1 = toy__look_up {"word":"apple","times":6000}', 'E2 = toy__weigh {"word":$E1}'),
        planned(APPLE.replace("E1", "E3")),
        final("So."),
    )

    assert "E2 failed: The text of E1 has 120000 characters; 100000 can be passed on." in toys.asked(1)[-1]


async def test_each_step_is_kept_before_what_waits_for_it_begins(toys: Toys) -> None:
    kept: list[list[str]] = []

    class Keeper(KeepNothing):
        async def stepped(self, run: Run) -> None:
            kept.append([turn.tool for turn in run.conversation.turns])

    toys.model.play(planned(APPLE, 'E2 = toy__note {"text":"kept"}'), final("So."))
    await toys.agent().ask("Who?", hooks=Hooks(toys.events.append, keeper=Keeper()))

    assert kept == [["toy__weigh"], ["toy__weigh", "toy__note"]]


async def test_a_plan_that_brought_advice_alone_is_followed_by_another(toys: Toys) -> None:
    outcome = await toys.ask(
        planned('E1 = toy__look_up {"word":"xylo"}'),
        planned('E2 = toy__look_up {"word":"ylo"}'),
        final("Ylo."),
    )

    assert "E1 advises: There is no such word" in toys.asked(1)[-1]
    assert outcome.evidence is not None
    assert outcome.evidence.arguments == {"word": "ylo"}


async def test_plans_that_never_succeed_end_in_an_error(toys: Toys) -> None:
    fails = [
        planned(f'E{n} = toy__fail_always {{"reason":"{n}"}}', f'E{n + 1} = toy__look_up {{"word":$E{n}}}')
        for n in (1, 3)
    ]

    with pytest.raises(PlanFailedError, match="2 plans brought nothing to answer from"):
        await toys.ask(*fails, plan={"replans": 1})


async def test_what_there_is_is_answered_from_where_the_last_plan_failed_in_part(toys: Toys) -> None:
    outcome = await toys.ask(
        planned(APPLE, 'E2 = toy__fail_always {"reason":"x"}'), final("Five letters."), plan={"replans": 0}
    )

    assert outcome.answer == "Five letters."
    assert toys.asked(1)[-1] == "Error: Error executing tool fail_always: it failed: x"


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (['E1 = toy__look_up {"word":$E2}', 'E2 = toy__weigh {"word":"a"}'], "word: E2 is no earlier step"),
        (['E1 = toy__look_up {"word":$E7}'], "word: E7 is no step of the plan"),
        ([APPLE, 'E2 = toy__look_up {"word":"a","times":$E1}'], "times: E1 is string; integer is wanted"),
        ([APPLE, 'E2 = toy__look_up {"word":$E1/colour}'], "the result of toy__weigh has no such part"),
        ([APPLE, 'E2 = toy__look_up {"word":$E1/letters}'], "word: E1/letters is integer; string is wanted"),
        ([APPLE, 'E2 = toy__look_up {"times":$E1/letters}'], "E2: word: missing; it is required"),
        ([APPLE, 'E2 = toy__look_up {"word":$E1,"times":"2"}'], "E2: times: expected integer"),
        ([APPLE, APPLE.replace("E1", "E2")], "E2 is the same call as E1"),
        (["E1 = toy__fly {}"], "E1: there is no tool toy__fly now."),
        (["I would weigh it."], "it is no plan"),
        (["E1 = toy__list_words {}"], "The plan must call toy__look_up or toy__meet or"),
        (["Nothing to call."], "The plan must call toy__look_up or toy__meet or"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_plan_is_said_before_anything_runs(
    toys: Toys, lines: list[str], complaint: str
) -> None:
    await toys.ask(planned(*lines), planned(APPLE), final("Five."))

    assert complaint in toys.asked(1)[-1]
    assert toys.called() == [("E1", {"word": "apple"})]
    assert any(isinstance(event, StepDiscarded) and complaint in event.reason for event in toys.events)


async def test_after_three_plans_that_are_none_the_run_is_given_up(toys: Toys) -> None:
    with pytest.raises(PlanFailedError, match="3 plans that cannot be carried out"):
        await toys.ask(*[planned("E1 = toy__fly {}")] * 3)

    assert toys.called() == []


async def test_a_plan_that_was_cut_off_is_never_carried_out_but_asked_for_with_more_room(toys: Toys) -> None:
    cut = Reply(f"Thought: x\n{APPLE}", finish_reason="length")  # it looks whole

    await toys.ask(cut, planned(APPLE, 'E2 = toy__weigh {"word":"fig"}'), final("So."), plan={"tokens": 300})

    assert [request["max_tokens"] for request in toys.model.requests[:2]] == [300, 600]
    assert "Thought" not in toys.model.requests[1]["grammar"].splitlines()[0]
    assert [name for name, _ in toys.called()] == ["E1", "E2"]


async def test_tools_of_a_server_that_is_down_are_in_no_plan(toys: Toys) -> None:
    await toys.ask(planned(APPLE), final("Five."), gone=["gone"])

    assert "toy__weigh" in toys.model.requests[0]["grammar"]
    assert "gone__weigh" not in toys.model.requests[0]["grammar"]


async def test_a_server_that_dies_under_a_plan_comes_back_for_the_next(toys: Toys) -> None:
    outcome = await toys.ask(
        planned("E1 = toy__die_once {}"), planned("E2 = toy__die_once {}"), final("Alive.")
    )

    assert outcome.answer == "Alive."
    assert "E1 failed: The MCP server 'toy' died" in toys.asked(1)[-1]


async def test_a_russian_question_is_planned_and_answered_in_russian(toys: Toys) -> None:
    outcome = await toys.ask(
        planned(
            'E1 = toy__weigh {"word":"слово"}',
            'E2 = toy__look_up {"word":$["Слово «",$E1/word,"»"]}',
            thought="Взвешу и посмотрю.",
        ),
        final("В слове пять букв."),
        question="Сколько букв в слове «слово»?",
    )

    assert outcome.answer == "В слове пять букв."
    assert toys.called()[1] == ("E2", {"word": "Слово «слово»"})


async def test_a_plan_is_empty_where_nothing_has_to_be_looked_up(toys: Toys) -> None:
    outcome = await toys.ask(planned("Nothing to call."), final("Hello."), answer_after=[])

    assert outcome.answer == "Hello."
    assert toys.called() == []


async def test_steps_of_a_plan_count_and_the_grammar_leaves_room_for_the_answer(toys: Toys) -> None:
    await toys.ask(planned(APPLE), final("Five."), limits={"steps": 4})

    grammar = toys.model.requests[0]["grammar"]
    assert '"E2 = "' in grammar
    assert '"E3 = "' not in grammar

    with pytest.raises(PlanFailedError, match="do not fit into 3 steps"):
        await toys.ask(planned('E1 = toy__look_up {"word":$E1}'), planned(APPLE), limits={"steps": 3})


async def test_advice_is_answered_from_where_no_step_is_left_for_another_plan(toys: Toys) -> None:
    script = (planned('E1 = toy__look_up {"word":"xylo"}'), final("There is none."))

    assert (await toys.ask(*script, limits={"steps": 3})).answer == "There is none."


async def test_a_plan_that_is_interrupted_keeps_what_has_come(toys: Toys) -> None:
    history, seen = History(), anyio.Event()
    toys.model.play(planned('E1 = toy__meet {"word":"alone"}', APPLE.replace("E1", "E2")))
    agent = toys.agent()

    def tell(event: Event) -> None:
        if isinstance(event, ResultSeen) and event.step == "E2":
            seen.set()

    run = agent.begin("Who?", history, Hooks(tell))
    async with anyio.create_task_group() as group:
        group.start_soon(agent.go_on, run)
        await seen.wait()
        group.cancel_scope.cancel()

    assert [turn.tool for turn in run.conversation.turns] == ["toy__weigh"]
    assert run.evidence is not None


async def test_a_refused_plan_runs_nothing(toys: Toys) -> None:
    judge = Judge([PlanRefused()])

    with pytest.raises(PlanRefusedError):
        await toys.ask(planned(APPLE), judge=judge, plan={"approve": True})

    assert toys.called() == []
    assert judge.seen == [(f"Thought: All at once.\n{APPLE}", [])]
    assert any(isinstance(event, Approved) and event.verdict == "refused" for event in toys.events)


async def test_a_plan_that_needs_consent_does_not_run_where_nobody_can_be_asked(toys: Toys) -> None:
    with pytest.raises(PlanRefusedError, match="nobody can be asked"):
        await toys.ask(planned(APPLE), plan={"approve": True})

    assert toys.called() == []


async def test_a_person_says_what_is_wrong_or_writes_another_plan(toys: Toys) -> None:
    good = 'E1 = toy__weigh {"word":"fig"}'
    judge = Judge([PlanRefused("weigh a fig"), PlanEdited("E1 = toy__fly {}"), PlanEdited(good)])

    await toys.ask(planned(APPLE), planned(APPLE), final("Three."), judge=judge, plan={"approve": True})

    assert "a person does not want it: weigh a fig" in toys.asked(1)[-1]
    assert judge.seen[2][1][0] == "E1: there is no tool toy__fly now."
    assert toys.called() == [("E1", {"word": "fig"})]


async def test_an_approved_plan_runs_as_it_was_shown(toys: Toys) -> None:
    judge = Judge([PlanApproved()])

    await toys.ask(planned(APPLE), final("Five."), judge=judge, plan={"approve": True})

    assert toys.called() == [("E1", {"word": "apple"})]


async def test_citations_of_the_answer_are_checked_as_in_react(toys: Toys) -> None:
    outcome = await toys.ask(
        planned('E1 = toy__look_up {"word":"main.c:12"}'),
        final("It is at main.c:99."),
        final("It is at main.c:12."),
        cite="lines",
    )

    assert outcome.answer == "It is at main.c:12."


async def test_a_plan_goes_the_json_way_too(toys: Toys) -> None:
    chain = Chain([Link(single(toys.model.url, model="m", dialect="json_schema"))])
    await chain.prepare()
    plan = {
        "E1": {"tool": "toy__weigh", "arguments": {"word": "apple"}},
        "E2": {"tool": "toy__look_up", "arguments": {"word": {"$step": "E1", "$path": "/word"}}},
    }
    toys.model.play(
        Reply(json.dumps({"thought": "x", "plan": plan})),
        Reply(json.dumps({"thought": "x", "action": {"final": "An apple."}})),
    )
    catalogue = build_catalogue({"toy": toys.hosts.servers["toy"].tools})
    agent = Agent(assemble(chain, toys.hosts, catalogue, Profile.model_validate(PROFILE)))

    outcome = await agent.ask("Who?", hooks=Hooks(toys.events.append))
    await chain.aclose()

    assert outcome.answer == "An apple."
    assert toys.called()[1] == ("E2", {"word": "apple"})
    assert "$defs" in json.dumps(toys.model.requests[0]["response_format"])
