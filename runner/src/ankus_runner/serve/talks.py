"""The routes of conversations: the caller's own, and nobody else's."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ankus_runner.constraint.step import Call, MalformedStep, Step, parse_json_step, parse_step
from ankus_runner.conversation import Exchange, Turn
from ankus_runner.conversations.state import Unanswered
from ankus_runner.conversations.store import Listed
from ankus_runner.serve.answers import Following
from ankus_runner.serve.desk import Desk
from ankus_runner.serve.door import read_object
from ankus_runner.serve.errors import StoppedError
from ankus_runner.serve.keys import Key
from ankus_shared.untrusted import without_frames

Handler = Callable[[Request, Key], Awaitable[Response]]
MOST_LISTED = 200


class Talks:
    """What can be done with conversations."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def handlers(self) -> list[tuple[str, str, Handler]]:
        """Method, path and what answers."""
        one = "/v1/conversations/{id}"
        return [
            ("GET", "/v1/conversations", self.list),
            ("GET", one, self.read),
            ("DELETE", one, self.delete),
            ("GET", f"{one}/events", self.events),
            ("POST", f"{one}/cancel", self.cancel),
            ("POST", f"{one}/approvals/{{approval}}", self.decide),
        ]

    async def list(self, _: Request, key: Key) -> Response:
        """The newest of them, the one used last first."""
        found = await self._desk.store.list_of(key.user, MOST_LISTED)
        return JSONResponse({"object": "list", "data": [_head(listed) for listed in found]})

    async def read(self, request: Request, key: Key) -> Response:
        """One, with its questions, steps and answers, and the question that is not answered yet."""
        conversation = request.path_params["id"]
        loaded = await self._desk.store.load(key.user, conversation)
        history, run = loaded.state.history, loaded.state.run
        return JSONResponse(
            {
                "id": conversation,
                "object": "conversation",
                "model": loaded.profile,
                "title": loaded.title,
                "left_out": without_frames(history.told()),
                "exchanges": [_exchange(each) for each in history.exchanges],
                "unfinished": _unfinished(run) if run else None,
                "running": self._desk.running(key.user, conversation) is not None,
            }
        )

    async def delete(self, request: Request, key: Key) -> Response:
        """Forget one; an answer that is being made is stopped."""
        conversation = request.path_params["id"]
        if running := self._desk.running(key.user, conversation):
            running.stop(StoppedError("The conversation has been deleted."))
        await self._desk.store.delete(key.user, conversation)
        return JSONResponse({"id": conversation, "object": "conversation.deleted", "deleted": True})

    async def events(self, request: Request, key: Key) -> Response:
        """Follow the answer that is being made."""
        conversation = request.path_params["id"]
        running = self._desk.running(key.user, conversation)
        if running is None:
            await self._desk.store.load(key.user, conversation)  # or there is none
        return Following(running.feed if running else None)

    async def cancel(self, request: Request, key: Key) -> Response:
        """Stop the answer that is being made."""
        conversation = request.path_params["id"]
        await self._desk.say(key.user, conversation, {"do": "stop"})
        return JSONResponse({"id": conversation, "cancelled": True}, status_code=202)

    async def decide(self, request: Request, key: Key) -> Response:
        """Say whether a call may be made."""
        conversation, approval = request.path_params["id"], request.path_params["approval"]
        said = await read_object(request)
        await self._desk.say(key.user, conversation, {**said, "do": "decide", "approval": approval})
        return JSONResponse({"id": approval, "decided": True}, status_code=202)


def _head(listed: Listed) -> dict[str, Any]:
    return {
        "id": listed.id,
        "object": "conversation",
        "model": listed.profile,
        "title": listed.title,
        "used_at": listed.updated_at.isoformat(timespec="seconds"),
        "unfinished": listed.unfinished,
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    _, answer = _read(exchange.answer)
    return {
        "question": exchange.question.removeprefix("Question: ").strip(),
        "turns": [_turn(turn) for turn in exchange.turns],
        "answer": answer if isinstance(answer, str) else exchange.answer,
    }


def _unfinished(run: Unanswered) -> dict[str, Any]:
    return {"question": run.question, "turns": [_turn(turn) for turn in run.turns]}


def _turn(turn: Turn) -> dict[str, Any]:
    thought, action = _read(turn.step)
    called = {"tool": action.name, "arguments": action.arguments} if isinstance(action, Call) else {}
    text = without_frames(turn.observation.removeprefix("Observation: "))
    return {"step": turn.step, "thought": thought, **called, "result": text, "failed": turn.failed}


def _read(text: str) -> tuple[str, Call | str]:
    """A step's thought, and its call or its answer; a text that is no step answers."""
    try:
        step: Step = parse_json_step(text) if text.lstrip().startswith("{") else parse_step(text)
    except MalformedStep:
        return "", text
    return step.thought, step.action if isinstance(step.action, Call) else step.action.text
