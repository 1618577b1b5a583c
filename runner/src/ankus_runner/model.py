"""A streaming chat client for any OpenAI-compatible server: vLLM, llama.cpp, a gateway.

Wire format: POST /v1/chat/completions with `stream: true`; server-sent events whose data is a chunk of
JSON, closed by `[DONE]` (https://platform.openai.com/docs/api-reference/chat-streaming).
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

import httpx2
import stamina

from ankus_runner.errors import EndpointError, StreamBrokenError

OnText = Callable[[str], None]
OnPrompt = Callable[[int, int], None]

CONNECT_SECONDS = 10.0
FIRST_TOKEN_SECONDS = 600.0
"""A long prompt on two cores takes minutes before its first token."""

REPEATED_CHARS = 120
REPEATED_TIMES = 3
"""An answer whose last 120 characters stand in it three times runs in a circle; a list of similar terms,
such as one for each month, does not repeat that much to the letter."""


class Message(TypedDict):
    """One chat message."""

    role: str
    content: str


@dataclass(frozen=True)
class Usage:
    """Tokens of one or more completions, as the server counts them; `cached` is the part of `prompt`
    that it did not evaluate again."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt + other.prompt, self.cached + other.cached, self.completion + other.completion
        )


@dataclass(frozen=True)
class Completion:
    """One finished answer of the model."""

    text: str
    finish_reason: str
    usage: Usage
    first_token_seconds: float


@dataclass
class _Answer:
    """What has arrived of one stream."""

    parts: list[str] = field(default_factory=list)
    finish_reason: str = ""
    usage: Usage = Usage()
    first_token_at: float | None = None


class ChatModel:
    """One model behind one OpenAI-compatible endpoint.

    Args:
        base_url: The server's root; "/v1" at its end is accepted.
        name: The model's name as the server knows it; empty for a server with a single model.
        api_key: Sent as a bearer token.
        extra: Fields that every request carries, such as `cache_prompt` for llama.cpp.
        attempts: How often one request is tried in all before its error is raised.
    """

    def __init__(
        self,
        base_url: str,
        name: str = "",
        *,
        api_key: str | None = None,
        extra: Mapping[str, Any] | None = None,
        attempts: int = 4,
    ) -> None:
        self.root = base_url.rstrip("/").removesuffix("/v1")
        self.name = name
        self._extra = dict(extra or {})
        self._attempts = attempts
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        timeout = httpx2.Timeout(FIRST_TOKEN_SECONDS, connect=CONNECT_SECONDS)
        self._http = httpx2.AsyncClient(headers=headers, timeout=timeout, trust_env=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str) -> dict[str, Any] | None:
        """The JSON object at `path`, or None where the server has no such page.

        Raises:
            EndpointError: The server cannot be reached, or refuses the key.
        """
        try:
            response = await self._http.get(self.root + path, timeout=CONNECT_SECONDS)
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
            response = await self._http.post(self.root + path, json=named, timeout=CONNECT_SECONDS)
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
        on_text: OnText | None = None,
        on_prompt: OnPrompt | None = None,
        on_retry: Callable[[EndpointError], None] | None = None,
    ) -> Completion:
        """Stream one answer; a request that fails for a passing reason is tried again from its start.

        Args:
            messages: The conversation.
            max_tokens: Upper bound of the answer's length; an answer that runs in a circle is ended earlier,
                with the same `finish_reason`, "length".
            constraint: Request fields that bind the answer to a grammar (see `ankus_runner.binding`).
            on_text: Called with each piece of text as it comes.
            on_prompt: Called with (tokens evaluated, tokens in all) while llama.cpp reads the prompt.
            on_retry: Called when an attempt failed for a passing reason; the next one starts its text anew.

        Raises:
            EndpointError: The endpoint refuses, or still fails after the last attempt.
        """
        body: dict[str, Any] = {
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
            **({"model": self.name} if self.name else {}),
            **self._extra,
            **(constraint or {}),
        }

        def again(error: Exception) -> bool | float:
            if not isinstance(error, EndpointError) or not error.again:
                return False
            if on_retry is not None:
                on_retry(error)
            return True if error.retry_after is None else error.retry_after

        async for attempt in stamina.retry_context(
            on=again, attempts=self._attempts, timeout=None, wait_initial=0.2, wait_max=5.0, wait_jitter=0.2
        ):
            with attempt:
                return await self._stream(body, on_text, on_prompt)
        raise AssertionError("stamina ends by a result or an exception")

    async def _stream(
        self, body: dict[str, Any], on_text: OnText | None, on_prompt: OnPrompt | None
    ) -> Completion:
        started, answer = time.monotonic(), _Answer()
        try:
            async with self._http.sse(self.root + "/v1/chat/completions", method="POST", json=body) as source:
                await self._check(source.response)
                async for event in source:
                    if event.data == "[DONE]":
                        break
                    self._take(json.loads(event.data), answer, on_text, on_prompt)
                    if repeats_itself("".join(answer.parts)):
                        answer.finish_reason = "length"  # it would go on to the limit
                        break
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise self._unreachable(error) from error
        except (httpx2.HTTPError, json.JSONDecodeError) as error:
            raise self._broken() from error
        if not answer.finish_reason:
            raise self._broken()
        first = (answer.first_token_at or time.monotonic()) - started
        return Completion("".join(answer.parts), answer.finish_reason, answer.usage, first)

    def _take(self, chunk: Any, answer: _Answer, on_text: OnText | None, on_prompt: OnPrompt | None) -> None:
        if not isinstance(chunk, dict):
            raise self._broken()
        if chunk.get("error"):
            raise self._refused(500, json.dumps(chunk["error"]))
        answer.usage = _usage(chunk) or answer.usage
        progress = chunk.get("prompt_progress")
        if progress and on_prompt is not None:
            on_prompt(progress["processed"] - progress["cache"], progress["total"] - progress["cache"])
        for choice in chunk.get("choices") or ():
            text = (choice.get("delta") or {}).get("content")
            if text:
                answer.first_token_at = answer.first_token_at or time.monotonic()
                answer.parts.append(text)
                if on_text is not None:
                    on_text(text)
            answer.finish_reason = choice.get("finish_reason") or answer.finish_reason

    async def _check(self, response: httpx2.Response) -> None:
        if response.is_success:
            return
        detail = (await response.aread()).decode("utf-8", "replace")
        raise self._refused(response.status_code, detail, _seconds(response.headers.get("Retry-After")))

    def _refused(self, status: int, detail: str, retry_after: float | None = None) -> EndpointError:
        hints = {
            401: "Set ANKUS_API_KEY.",
            403: "Set ANKUS_API_KEY.",
            404: "Check --base-url and --model.",
            429: "Ask again later.",
        }
        return EndpointError(
            f"The model's endpoint {self.root} answered {status}: {_summary(detail)}",
            hint=hints.get(status, ""),
            status=status,
            retry_after=retry_after,
            again=status in (408, 429, 500, 502, 503, 504),
        )

    def _unreachable(self, error: Exception) -> EndpointError:
        return EndpointError(
            f"The model's endpoint {self.root} cannot be reached: {str(error) or type(error).__name__}.",
            hint="Check --base-url.",
            again=True,
        )

    def _broken(self) -> StreamBrokenError:
        return StreamBrokenError(f"The model's endpoint {self.root} broke off its answer.", again=True)


def repeats_itself(text: str) -> bool:
    """Whether a text that is being written has begun to run in a circle, as small models do."""
    tail = text[-REPEATED_CHARS:]
    return len(text) >= REPEATED_CHARS * REPEATED_TIMES and text.count(tail) >= REPEATED_TIMES


def _usage(chunk: Mapping[str, Any]) -> Usage | None:
    """The token counts of a chunk: OpenAI's `usage`, with llama.cpp's own `timings` for what was cached."""
    usage = chunk.get("usage")
    if not usage:
        return None
    details = usage.get("prompt_tokens_details") or {}
    cached = (chunk.get("timings") or {}).get("cache_n", details.get("cached_tokens")) or 0
    return Usage(usage.get("prompt_tokens") or 0, cached, usage.get("completion_tokens") or 0)


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds (RFC 9110, section 10.2.3), at most a minute; dates are left to the backoff."""
    try:
        return min(max(float(header), 0.0), 60.0) if header else None
    except ValueError:
        return None


def _summary(detail: str) -> str:
    """The message inside of an error's body, in one line of at most 300 characters."""
    try:
        content = json.loads(detail)
    except json.JSONDecodeError:
        content = detail
    while isinstance(content, dict) and ("error" in content or "message" in content):
        content = content.get("error") or content.get("message")
    return " ".join(str(content).split())[:300] or "no details"
