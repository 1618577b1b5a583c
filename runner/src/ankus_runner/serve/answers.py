"""How an answer is sent: as one JSON object, or as server-sent events while it is being made.

A client that goes away ends the run that it waits for.
"""

from collections.abc import Awaitable, Callable

import anyio
import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ankus_runner.outcome import Outcome
from ankus_runner.serve.desk import Desk
from ankus_runner.serve.errors import described, refusal
from ankus_runner.serve.feed import Feed
from ankus_runner.serve.running import Asked, Running
from ankus_runner.serve.wire import CONVERSATION_HEADER, DONE, WAITING, ChatRequest, Completion, sse
from ankus_runner.tasks import single_error
from ankus_shared.errors import AnkusError

SILENCE_SECONDS = 15.0
"""After which a comment is sent, so that no proxy takes the stream for dead."""

_log = structlog.get_logger(__name__)
_STREAM = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]


class Answering(Response):
    """The response to a chat request: it admits the question, and is what runs it."""

    def __init__(self, desk: Desk, asked: Asked, request: ChatRequest) -> None:
        super().__init__()
        self._desk = desk
        self._asked = asked
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; what is refused before the answer begins has a status of its own."""
        stream = Stream(send)
        try:
            with single_error():
                async with self._desk.admitted(self._asked) as running:
                    await until_gone(receive, lambda: self._answer(running, scope, receive, stream))
        except AnkusError as error:
            if stream.begun:
                _log.warning("an answer was sent, but not left in order", code=error.code, reason=str(error))
            else:
                await refusal(error)(scope, receive, send)

    async def _answer(self, running: Running, scope: Scope, receive: Receive, stream: "Stream") -> None:
        completion = Completion(running.run.run_id, self._asked.profile, running.conversation)
        if self._request.stream:
            await self._streamed(running, completion, stream)
            return
        await running.work()
        if isinstance(running.result, AnkusError):
            raise running.result
        assert isinstance(running.result, Outcome)
        *events, answer = running.feed.events
        body = completion.whole(running.result, answer, events if self._request.ankus.events else None)
        stream.begun = True
        response = Response(body, media_type="application/json", headers=_headers(running))
        await response(scope, receive, stream.send)

    async def _streamed(self, running: Running, completion: Completion, stream: "Stream") -> None:
        await stream.begin(_headers(running))
        await stream.put(completion.opening())
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(running.work)
            async for told in running.feed.follow(SILENCE_SECONDS):
                if told is None:
                    await stream.put(WAITING)
                elif self._request.ankus.events:
                    await stream.put(completion.event(told))
        if isinstance(running.result, Outcome):
            for chunk in completion.closing(running.result, with_usage=self._request.usage_wanted):
                await stream.put(chunk)
        elif isinstance(running.result, AnkusError):
            await stream.put(sse(described(running.result)))
        await stream.end()


class Following(Response):
    """The events of a conversation's answer that is being made, from its beginning; nothing where none is."""

    def __init__(self, feed: Feed | None) -> None:
        super().__init__()
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them to the end."""
        await until_gone(receive, lambda: self._follow(Stream(send)))

    async def _follow(self, stream: "Stream") -> None:
        await stream.begin({})
        if self._feed is not None:
            async for told in self._feed.follow(SILENCE_SECONDS):
                await stream.put(WAITING if told is None else sse(told))
        await stream.end()


class Stream:
    """A response of server-sent events, as ASGI sends it."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.begun = False

    async def begin(self, headers: dict[str, str]) -> None:
        """Send the head."""
        self.begun = True
        more = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": 200, "headers": [*_STREAM, *more]})

    async def put(self, data: bytes) -> None:
        """Send some of it."""
        await self.send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """Send the end that OpenAI's clients wait for."""
        await self.send({"type": "http.response.body", "body": DONE, "more_body": False})


async def until_gone(receive: Receive, work: Callable[[], Awaitable[None]]) -> None:
    """Await `work()`, and cancel it if the client goes away."""
    with single_error():
        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                tasks.cancel_scope.cancel()

            tasks.start_soon(watch)
            await work()
            tasks.cancel_scope.cancel()


def _headers(running: Running) -> dict[str, str]:
    return {CONVERSATION_HEADER: running.conversation} if running.conversation else {}
