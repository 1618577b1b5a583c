"""One question: its state while it is being answered."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from ankus_runner.catalogue import BUILT_IN
from ankus_runner.constraint import Call
from ankus_runner.conversation import Conversation
from ankus_runner.errors import QuestionError
from ankus_runner.events import Listener, PromptChosen
from ankus_runner.guard import RunGuard
from ankus_runner.hooks import Hooks
from ankus_runner.hosts import Image, ToolResult
from ankus_runner.outcome import Evidence, Outcome
from ankus_runner.passages import Source
from ankus_runner.prompting import Choice, Prompts


def new_id() -> str:
    """An id of a run that there was never before."""
    return uuid.uuid4().hex


@dataclass
class Run:
    """The state of one question while it is being answered."""

    question: str
    conversation: Conversation
    guard: RunGuard
    hooks: Hooks = field(default_factory=Hooks)
    models: tuple[str, ...] = ()
    """Which models are asked, where a route of the profile says so."""
    begun: bool = False
    """Whether the calls that are made for each question have been made."""
    prompt: Choice | None = None
    """The version of the system prompt that was chosen for it; a run that is resumed need not know."""
    run_id: str = field(default_factory=new_id)
    first_results: dict[str, str] = field(default_factory=dict)
    """What the calls that are made for each question answered, by tool."""
    evidence: Evidence | None = None
    doubtful: Evidence | None = None
    """A result with advice on what to correct, which an answer rests on only where nothing better comes."""
    must_answer: bool = False
    left_out: set[str] = field(default_factory=set)
    """Tools that are not in the grammar of the next step, where others are: they led round in a circle."""
    unanswered: set[str] = field(default_factory=set)
    """Tools of which nobody said in time whether they may be called; they are left out from then on."""
    temperature: float = 0.0
    invalid_in_a_row: int = 0
    failures: list[str] = field(default_factory=list)
    """The errors of the calls that failed in a row."""
    first_token_seconds: float = 0.0
    images: list[Image] = field(default_factory=list)
    sources: tuple[Source, ...] = ()

    @property
    def tell(self) -> Listener:
        """Told of what happens in this run."""
        return self.hooks.tell

    def remember(self, call: Call, result: ToolResult, answer_after: Collection[str]) -> None:
        """Take note of what an answer may rest on, and of pictures.

        A result with advice is doubtful once: the model is to correct its call before it answers.

        Args:
            answer_after: The tools whose results an answer may rest on; empty for any of a server.
        """
        self.images.extend(result.images)
        answers = not answer_after or call.name in answer_after
        if not answers or call.name.startswith(f"{BUILT_IN}__"):
            return
        found = Evidence(call.name, call.arguments, result)
        if result.advice and self.doubtful is None and self.evidence is None:
            self.doubtful = found
        else:
            self.evidence = found

    def outcome(self, answer: str) -> Outcome:
        """What has come of the question, with the answer to it."""
        return Outcome(
            answer,
            self.evidence,
            self.guard.steps,
            self.guard.usage,
            self.guard.seconds,
            self.first_token_seconds,
            tuple(self.images),
            self.sources,
        )


def seen(run: Run, prompts: Prompts, tools: str) -> PromptChosen:
    """Which prompt a run sees, also one that is resumed; the choice for a conversation is always the same."""
    conversation, key = run.conversation, run.hooks.conversation or run.run_id
    choice = run.prompt or prompts.choose(conversation.history.prompt, key)
    return PromptChosen(*prompts.told(choice, conversation.system, tools))


def check_question(question: str, limit: int) -> str:
    """The question without surrounding white space.

    Raises:
        QuestionError: It is empty, or longer than `limit` characters.
    """
    text = question.strip()
    if not text:
        raise QuestionError("The question is empty.", hint='Ask one: ankus ask "How many orders are there?"')
    if len(text) > limit:
        raise QuestionError(f"The question has {len(text)} characters; at most {limit} are read.")
    return text
