"""The OpenAI-compatible form of requests and answers.

Source: the API reference of OpenAI, "Chat completions" and "Streaming"
(https://platform.openai.com/docs/api-reference/chat). What an agent decides for itself (temperature, stop,
seed, lengths) is read over; what would change the meaning of an answer and is not there (tools, n > 1,
pictures, a response format) is refused.
"""

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ankus_runner.constraint.step import Final, Step, render_step
from ankus_runner.conversation import Exchange, History
from ankus_runner.model import Usage
from ankus_runner.outcome import Outcome
from ankus_runner.serve.errors import RequestError

DONE = b"data: [DONE]\n\n"
WAITING = b": still at work\n\n"
"""A comment of the event stream, which keeps proxies from closing a silent connection."""

CONVERSATION_HEADER = "X-Ankus-Conversation"
NEW = "new"
"""Instead of a conversation's id: a conversation is to begin."""


class _Part(BaseModel):
    type: str
    text: str = ""


class _Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[_Part] = Field(default="", max_length=1_000_000)

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        if other := next((part.type for part in self.content if part.type != "text"), None):
            raise RequestError(f"A message holds a part of type '{other}'.", hint="Only text can be read.")
        return "\n".join(part.text for part in self.content)


class _StreamOptions(BaseModel):
    include_usage: bool = False


class Extra(BaseModel):
    """The field `ankus` of a request, which other servers do not know."""

    model_config = ConfigDict(extra="forbid")

    conversation: str = Field("", max_length=100)
    """Its id, or "new"; without it the messages of the request are all that was said."""
    events: bool = False
    """Whether the steps of the agent are told."""


class ChatRequest(BaseModel):
    """POST /v1/chat/completions."""

    model: str = Field(min_length=1, max_length=200)
    messages: list[_Message] = Field(min_length=1, max_length=2_000)
    stream: bool = False
    stream_options: _StreamOptions | None = None
    ankus: Extra = Extra()
    n: int | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    response_format: dict[str, Any] | None = None
    logprobs: bool | None = None

    @property
    def usage_wanted(self) -> bool:
        """Whether the last chunk of a stream shall tell the tokens."""
        return self.stream_options is not None and self.stream_options.include_usage

    def question(self) -> str:
        """The last message, with the system messages before it, which are the person's own wishes here.

        Raises:
            RequestError: The last message is not the user's.
        """
        if self.messages[-1].role != "user":
            raise RequestError("The last message is not the user's.", hint="Put the question last.")
        wishes = [message.text for message in self.messages if message.role in ("system", "developer")]
        return "\n\n".join(filter(None, [*wishes, self.messages[-1].text]))

    def history(self) -> History:
        """What was said before the last message, as exchanges; of several in a row each counts."""
        exchanges, asked = [], list[str]()
        for message in self.messages[:-1]:
            if message.role == "user":
                asked.append(message.text)
            elif message.role == "assistant" and message.text.strip():
                step = render_step(Step("", Final(message.text)))
                exchanges.append(Exchange("Question: " + "\n".join(asked), (), step))
                asked = []
        return History(exchanges)


def read_request(body: bytes, headers: Mapping[str, str]) -> ChatRequest:
    """Read and check a chat request; the conversation may stand in a header.

    Raises:
        RequestError: It is none, or it asks for what there is not.
    """
    try:
        request = ChatRequest.model_validate(json.loads(body))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the body"
        raise RequestError(f"{place}: {problem['msg'].lower()}.") from error
    except (ValueError, RecursionError) as error:
        raise RequestError("The body is no JSON.", hint="Send one JSON object, in UTF-8.") from error
    _check_offered(request)
    extra = dict[str, Any]()
    if named := headers.get(CONVERSATION_HEADER):
        extra["conversation"] = named[:100]
    if headers.get("X-Ankus-Events", "").lower() in ("1", "true"):
        extra["events"] = True
    return request.model_copy(update={"ankus": request.ankus.model_copy(update=extra)})


def _check_offered(request: ChatRequest) -> None:
    formatted = (request.response_format or {}).get("type", "text") != "text"
    asked = {
        "n": (request.n or 1) > 1,
        "tools": bool(request.tools),
        "functions": bool(request.functions),
        "response_format": formatted,
        "logprobs": bool(request.logprobs),
    }
    if wrong := next((name for name, given in asked.items() if given), None):
        raise RequestError(
            f"'{wrong}' is not offered here.",
            hint="The model is an agent with tools of its own; leave the field out.",
        )


class Completion:
    """The objects of one answer, which share an id."""

    def __init__(self, answer_id: str, model: str, conversation: str) -> None:
        self._head = {"id": f"chatcmpl-{answer_id}", "created": int(time.time()), "model": model}
        self._conversation = {"conversation": conversation} if conversation else {}

    def whole(self, outcome: Outcome, answer: dict[str, Any], events: list[dict[str, Any]] | None) -> bytes:
        """The body of an answer that does not stream."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": outcome.answer, "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
        ankus: dict[str, Any] = {**self._conversation, "answer": answer}
        if events is not None:
            ankus["events"] = events
        body = {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": usage(outcome.usage),
            "ankus": ankus,
        }
        return _json(body)

    def opening(self) -> bytes:
        """The first chunk."""
        extra = {"ankus": self._conversation} if self._conversation else {}
        return self._chunk([_choice({"role": "assistant", "content": ""})], **extra)

    def event(self, told: dict[str, Any]) -> bytes:
        """A chunk with nothing but an event of ours."""
        return self._chunk([], ankus=told)

    def closing(self, outcome: Outcome, *, with_usage: bool) -> Iterable[bytes]:
        """The answer, why it ends, and what it cost."""
        yield self._chunk([_choice({"content": outcome.answer})])
        yield self._chunk([_choice({}, "stop")])
        if with_usage:
            yield self._chunk([], usage=usage(outcome.usage))

    def _chunk(self, choices: list[dict[str, Any]], **extra: Any) -> bytes:
        return sse({**self._head, "object": "chat.completion.chunk", "choices": choices, **extra})


def usage(tokens: Usage) -> dict[str, Any]:
    """Tokens of all steps together."""
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.prompt + tokens.completion,
        "prompt_tokens_details": {"cached_tokens": tokens.cached},
    }


def sse(data: dict[str, Any]) -> bytes:
    """One event of a stream (WHATWG HTML, 9.2 Server-sent events)."""
    return b"data: " + _json(data) + b"\n\n"


def _choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
