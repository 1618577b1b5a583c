"""Calls that need a person's word: which they are, and how it is had, remembered, told and written down.

Rules      what the profile and a tool's hints say: the call is free, is asked about, or is never made
Gate       every call passes here: a word is waited for, told, and written down before the call goes out
Approvals  asks a person, by an `Asker` (`keyboard.py`, `callback.py`), and remembers for one session

A tool that needs a word where nobody can be asked is in no grammar; see `ankus_runner.policy`.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import anyio

from ankus_runner.catalogue import BUILT_IN, Tool, matches, validate
from ankus_runner.constraint import Call
from ankus_runner.errors import ApprovalError
from ankus_runner.events import ApprovalAsked, Approved
from ankus_runner.hooks import Verdict
from ankus_runner.profile import ApprovalPolicy
from ankus_runner.run import Run

MOST_EDITS = 5
"""After so many wrong edits of one call it is refused."""

HIDDEN = "***"
LOG_SECONDS: Mapping[str, float] = {"best_effort": 2.0, "required": 30.0}
"""What a call waits for the log; a first start of its store makes a database."""

Need = Literal["free", "ask", "never"]
Shown = Callable[[Any], Any]
"""Arguments as a person may see them."""


@dataclass(frozen=True)
class Rules:
    """Which calls of a profile need a word."""

    policy: ApprovalPolicy

    def of(self, tool: Tool) -> Need:
        """What a tool needs; the runner's own need nothing."""
        if tool.server == BUILT_IN:
            return "free"
        if matches(tool.name, self.policy.never):
            return "never"
        if matches(tool.name, self.policy.ask):
            return "ask"
        return "ask" if tool.destructive and not matches(tool.name, self.policy.allow) else "free"


@dataclass(frozen=True)
class Gate:
    """Where a call waits for the word that it needs."""

    rules: Rules

    async def word(self, run: Run, call: Call, tool: Tool) -> Verdict:
        """What is said of a call; where it may be made, that has been written down."""
        need = self.rules.of(tool)
        if need == "free":
            return Verdict(call)
        if need == "never":
            verdict = Verdict(None, f"{tool.name} is never called by this profile.", by="the profile")
        else:
            verdict = await run.hooks.approver.ask(run, call, tool)
        run.tell(_told(call, verdict))
        if verdict.timed_out:
            run.unanswered.add(tool.name)  # whoever is away now is not waited for again in this run
        return verdict if verdict.call is None or await self._logged(run) else _unlogged(tool)

    async def _logged(self, run: Run) -> bool:
        log = self.rules.policy.log
        return await run.hooks.ledger.kept(LOG_SECONDS[log]) or log == "best_effort"


def _told(call: Call, verdict: Verdict) -> Approved:
    if verdict.call is None:
        kind: Literal["refused", "timed_out"] = "timed_out" if verdict.timed_out else "refused"
        return Approved(call.name, call.arguments, kind, verdict.by)
    edited = verdict.call != call
    return Approved(call.name, verdict.call.arguments, "edited" if edited else "approved", verdict.by)


def _unlogged(tool: Tool) -> Verdict:
    return Verdict(None, f"{tool.name} was not called: the log of approvals cannot be written.")


@dataclass(frozen=True)
class Asked:
    """A call that a person is asked about.

    Attributes:
        arguments: As they may be shown.
        digest: Of the tool and these arguments: what is approved.
        problem: What was wrong with the arguments that the person wrote instead.
    """

    run: str
    user: str
    tool: str
    arguments: dict[str, Any]
    digest: str
    problem: str = ""


@dataclass(frozen=True)
class Answer:
    """What a person says of it."""

    verdict: Literal["approve", "edit", "refuse"]
    arguments: dict[str, Any] | None = None
    """Those to call with instead, of an edit."""
    reason: str = ""
    """Of a refusal, for the model to read."""
    by: str = ""
    remember: Literal["", "tool", "call"] = ""
    """Whether it holds for the rest of the session: for the tool, or for this very call."""


class Asker(Protocol):
    """A way to a person."""

    async def ask(self, asked: Asked) -> Answer:
        """What the person says.

        Raises:
            ApprovalError: They cannot be asked.
        """


class Approvals:
    """The approver of one session of one person, who is asked one thing at a time.

    Args:
        asker: The way to the person.
        seconds: How long their word is waited for.
        shown: Takes out of arguments what nobody may see.
    """

    reachable = True

    def __init__(self, asker: Asker, seconds: float, shown: Shown = lambda value: value) -> None:
        self._asker = asker
        self._seconds = seconds
        self._shown = shown
        self._lock = anyio.Lock()
        self._remembered: dict[str, str] = {}
        """Who said so, by a tool's name or a call's digest."""

    async def ask(self, run: Run, call: Call, tool: Tool) -> Verdict:
        """What the person says of a call, now or before."""
        async with self._lock:
            if by := self._remembered.get(tool.name) or self._remembered.get(digest(call)):
                return Verdict(call, by=f"{by}, earlier")
            with anyio.move_on_after(self._seconds):
                return await self._asked(run, call, tool)
        return Verdict(None, f"Nobody allowed this call within {self._seconds:g} seconds.", timed_out=True)

    async def _asked(self, run: Run, call: Call, tool: Tool) -> Verdict:
        arguments, problem = self._shown(call.arguments), ""
        of = digest(Call(call.name, arguments))
        for _ in range(MOST_EDITS):
            run.tell(ApprovalAsked(call.name, arguments, of, problem))
            try:
                answer = await self._asker.ask(
                    Asked(run.run_id, run.hooks.user, call.name, arguments, of, problem)
                )
            except ApprovalError as error:
                return Verdict(None, f"Nobody could be asked about this call: {error}", by="the runner")
            if answer.verdict == "refuse":
                return Verdict(None, _refusal(answer), by=answer.by)
            chosen = self._chosen(call, answer, arguments)
            if not (problem := "; ".join(validate(tool, chosen.arguments))):
                self._remember(chosen, answer)
                return Verdict(chosen, by=answer.by)
        return Verdict(None, "What a person wants to call instead is not valid.", by="the runner")

    def _chosen(self, call: Call, answer: Answer, shown: Mapping[str, Any]) -> Call:
        """The call to make; an argument that was left as it was shown is what it was."""
        if answer.verdict == "approve":
            return call
        whole = {
            name: call.arguments[name] if name in shown and shown[name] == value else value
            for name, value in (answer.arguments or {}).items()
        }
        return Call(call.name, whole)

    def _remember(self, call: Call, answer: Answer) -> None:
        if answer.remember:
            key = call.name if answer.remember == "tool" else digest(call)
            self._remembered[key] = answer.by or "a person"


def _refusal(answer: Answer) -> str:
    return f"A person refused this call: {answer.reason or 'no reason was given'}"


def digest(call: Call) -> str:
    """SHA-256 of a call as canonical JSON, `{"arguments":…,"tool":…}`."""
    value = {"tool": call.name, "arguments": call.arguments}
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def without(secrets: Collection[str]) -> Shown:
    """Takes secrets out of whatever JSON can hold, the longest first."""
    known = sorted((secret for secret in secrets if len(secret) > 5), key=len, reverse=True)

    def shown(value: Any) -> Any:
        if isinstance(value, str):
            for secret in known:
                value = value.replace(secret, HIDDEN)
            return value
        if isinstance(value, Mapping):
            return {shown(key): shown(part) for key, part in value.items()}
        return [shown(part) for part in value] if isinstance(value, list) else value

    return shown
