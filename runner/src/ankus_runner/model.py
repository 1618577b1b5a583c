"""A streaming chat client for any OpenAI-compatible server: vLLM, llama.cpp, a gateway.

Wire format: POST /v1/chat/completions with `stream: true`; server-sent events whose data is a chunk of
JSON, closed by `[DONE]` (https://platform.openai.com/docs/api-reference/chat-streaming).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import httpx2
import stamina
from pydantic import ValidationError

from ankus_runner.errors import EndpointError, StalledError, StreamBrokenError
from ankus_runner.resilience import Breaker, Retries, Timeouts, retry_after
from ankus_runner.stream import Answer, Chunk, OnPrompt, OnText, Usage, Watch

__all__ = ["ChatModel", "Completion", "Message", "Usage", "repeats_itself"]

PAGE_SECONDS = 10.0
"""For the small pages that say what a server is, and for its tokenizer."""

REPEATED_CHARS = 120
REPEATED_TIMES = 3
"""An answer whose last 120 characters stand in it three times runs in a circle; a list of similar terms,
such as one for each month, does not repeat that much to the letter."""

NO_ANSWER = {"abort": True, "error": True, "repetition": True, "content_filter": False}
"""Values of `finish_reason` that end no answer, and whether to ask the same server again."""


class Message(TypedDict):
    """One chat message."""

    role: str
    content: str


@dataclass(frozen=True)
class Completion:
    """One finished answer of the model; `thinking` is what it thought before in a place of its own."""

    text: str
    finish_reason: str
    usage: Usage
    first_token_seconds: float
    thinking: str


class ChatModel:
    """One model behind one OpenAI-compatible endpoint.

    Args:
        base_url: The server's root; "/v1" at its end is accepted.
        name: The model's name as the server knows it; empty for a server with a single model.
        api_key: Sent as a bearer token.
        extra: Fields that every request carries, such as `cache_prompt` for llama.cpp.
        key_hint: What to do where the key is refused.
        timeouts: Of each phase of a request.
        retries: How often and how patiently a request is tried again.
        breaker: Leaves the endpoint alone after several failures.
    """

    def __init__(
        self,
        base_url: str,
        name: str = "",
        *,
        api_key: str | None = None,
        extra: Mapping[str, Any] | None = None,
        key_hint: str = "Set ANKUS_API_KEY.",
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self.root = base_url.rstrip("/").removesuffix("/v1")
        self.name = name
        self._extra = dict(extra or {})
        self._key_hint = key_hint
        self._api_key = api_key
        self._timeouts = timeouts or Timeouts()
        self._retries = retries or Retries()
        self.breaker = breaker or Breaker()
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        timeout = httpx2.Timeout(None, connect=self._timeouts.connect)  # the other phases are the watch's
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=32)
        self._http = httpx2.AsyncClient(headers=headers, timeout=timeout, limits=limits, trust_env=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str) -> dict[str, Any] | None:
        """The JSON object at `path`, or None where the server has no such page.

        Raises:
            EndpointError: The server cannot be reached, or refuses the key.
        """
        with self.breaker.guarding():
            try:
                response = await self._http.get(self.root + path, timeout=PAGE_SECONDS)
            except httpx2.HTTPError as error:
                raise self._unreachable(error) from error
            if response.status_code in (401, 403):
                raise self._refused(response.status_code, response.text)
        try:
            content = response.json() if response.is_success else None
        except json.JSONDecodeError:
            return None
        return content if isinstance(content, dict) else None

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """The JSON object that the server answers at `path`, or None where it has no such page or is away."""
        named = {**body, **({"model": self.name} if self.name else {})}
        try:
            response = await self._http.post(self.root + path, json=named, timeout=PAGE_SECONDS)
            content = response.json() if response.is_success else None
        except (httpx2.HTTPError, json.JSONDecodeError):
            return None
        return content if isinstance(content, dict) else None

    async def count_tokens(self, text: str) -> int:
        """Tokens of `text` by the server's own tokenizer, or an upper bound where it offers none."""
        content = await self.post("/tokenize", {"content": text, "prompt": text})
        if content is not None and isinstance(content.get("tokens"), list):
            return len(content["tokens"])
        return len(text.encode()) // 2 + 1

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        constraint: Mapping[str, Any] | None = None,
        thinking_tokens: int | None = None,
        on_text: OnText | None = None,
        on_thinking: OnText | None = None,
        on_prompt: OnPrompt | None = None,
        on_retry: Callable[[EndpointError], None] | None = None,
    ) -> Completion:
        """Stream one answer; a request that fails for a passing reason is tried again from its start.

        Args:
            messages: The conversation.
            max_tokens: Upper bound of the answer's length; an answer that runs in a circle is ended earlier,
                with the same `finish_reason`, "length".
            constraint: Request fields that bind the answer to a grammar (see `ankus_runner.binding`).
            thinking_tokens: Upper bound of what the model thinks in a place of its own; None for none.
            on_text: Called with each piece of text as it comes.
            on_thinking: Called with each piece of a thought as it comes.
            on_prompt: Called with (tokens evaluated, tokens in all) while llama.cpp reads the prompt.
            on_retry: Called when an attempt failed for a passing reason; the next one starts its text anew.

        Raises:
            EndpointError: The endpoint refuses, or still fails after the last attempt.
            ThinkingTooLong: The model thinks beyond `thinking_tokens`.
        """
        body = self._body(messages, max_tokens, temperature, constraint or {})
        failed = 0

        def again(error: Exception) -> bool | float:
            nonlocal failed
            failed += 1
            pause = self._retries.pause(error) if failed < self._retries.attempts else False
            if pause is not False and on_retry is not None and isinstance(error, EndpointError):
                on_retry(error)
            return pause

        async for attempt in stamina.retry_context(
            on=again,
            attempts=self._retries.attempts,
            timeout=None,
            wait_initial=0.2,
            wait_max=5.0,
            wait_jitter=0.2,
        ):
            with attempt, self.breaker.guarding():
                answer = Answer(Watch(self._timeouts), on_text, on_thinking, on_prompt, thinking_tokens)
                return await self._stream(body, answer)
        raise AssertionError("stamina ends by a result or an exception")

    def _body(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float,
        constraint: Mapping[str, Any],
    ) -> dict[str, Any]:
        return {
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
            **({"model": self.name} if self.name else {}),
            **self._extra,
            **constraint,
        }

    async def _stream(self, body: dict[str, Any], answer: Answer) -> Completion:
        watch = answer.watch
        try:
            with watch.scope:
                await self._receive(body, answer)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise self._unreachable(error) from error
        except httpx2.SSEError as error:
            raise StreamBrokenError(
                f"The model's endpoint {self.root} answered with something else than a stream of events.",
                hint="Check --base-url: an OpenAI-compatible server streams.",
            ) from error
        except httpx2.HTTPError as error:
            raise self._broken("broke off its answer") from error
        except ValidationError as error:
            raise self._broken("sent something that is no chunk of an answer") from error
        if watch.stalled:
            raise self._stalled(watch)
        if answer.finish_reason in NO_ANSWER or not answer.finish_reason:
            raise self._unfinished(answer)
        return Completion(answer.text, answer.finish_reason, answer.usage, watch.seconds, answer.thinking)

    async def _receive(self, body: dict[str, Any], answer: Answer) -> None:
        async with self._http.sse(self.root + "/v1/chat/completions", method="POST", json=body) as source:
            await self._check(source.response)
            async for event in source:
                if event.data == "[DONE]":
                    break
                chunk = Chunk.model_validate_json(event.data)
                if chunk.error:
                    raise self._refused(500, json.dumps(chunk.error))
                answer.take(chunk)
                if repeats_itself(answer.text):
                    answer.finish_reason = "length"  # it would go on to the limit
                    break
        answer.end()

    async def _check(self, response: httpx2.Response) -> None:
        if response.is_success:
            return
        detail = (await response.aread()).decode("utf-8", "replace")
        raise self._refused(response.status_code, detail, retry_after(response.headers))

    def _refused(self, status: int, detail: str, retry_after: float | None = None) -> EndpointError:
        hints = {
            401: self._key_hint,
            403: self._key_hint,
            404: "Check --base-url and --model.",
            429: "Ask again later.",
        }
        return EndpointError(
            f"The model's endpoint {self.root} answered {status}: {_summary(self._without_key(detail))}",
            hint=hints.get(status, ""),
            status=status,
            retry_after=retry_after,
            again=status in (408, 429, 500, 502, 503, 504),
        )

    def _without_key(self, detail: str) -> str:
        return detail.replace(self._api_key, "[key]") if self._api_key else detail  # some servers repeat it

    def _unreachable(self, error: Exception) -> EndpointError:
        return EndpointError(
            f"The model's endpoint {self.root} cannot be reached: {str(error) or type(error).__name__}.",
            hint="Check --base-url.",
            again=True,
        )

    def _unfinished(self, answer: Answer) -> StreamBrokenError:
        if answer.finish_reason:
            how = f"ended its answer with '{answer.finish_reason}'"
            return self._broken(how, again=NO_ANSWER[answer.finish_reason])
        empty = not answer.text and not answer.thinking
        return self._broken(
            "sent an empty answer" if empty else "broke off its answer: no finish_reason came"
        )

    def _broken(self, how: str, *, again: bool = True) -> StreamBrokenError:
        return StreamBrokenError(f"The model's endpoint {self.root} {how}.", again=again)

    def _stalled(self, watch: Watch) -> StalledError:
        # one that has not begun is overloaded or hangs: asked again it would only be more so
        return StalledError(
            f"The model's endpoint {self.root} stalled: {watch.stalled}.",
            hint="Give it more time, or name a model to fall back to.",
            again=watch.first_token_seconds is not None,
        )


def repeats_itself(text: str) -> bool:
    """Whether a text that is being written has begun to run in a circle, as small models do."""
    tail = text[-REPEATED_CHARS:]
    return len(text) >= REPEATED_CHARS * REPEATED_TIMES and text.count(tail) >= REPEATED_TIMES


def _summary(detail: str) -> str:
    """The message inside of an error's body, in one line of at most 300 characters."""
    try:
        content = json.loads(detail)
    except json.JSONDecodeError:
        content = detail
    while isinstance(content, dict) and ("error" in content or "message" in content):
        content = content.get("error") or content.get("message")
    return " ".join(str(content).split())[:300] or "no details"
