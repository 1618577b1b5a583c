"""One streamed answer while it arrives: its chunks, checked, and the deadline of the phase that it is in.

Text, thoughts and counts come in the same fields from vLLM, llama.cpp and others, but for the name of the
thoughts (`reasoning` or `reasoning_content`) and of what was cached.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
from pydantic import BaseModel, Field

from ankus_runner.resilience import Timeouts
from ankus_runner.thinking import Splitter, ThinkingTooLong

OnText = Callable[[str], None]
OnPrompt = Callable[[int, int], None]


@dataclass(frozen=True)
class Usage:
    """Tokens of one or more completions, as the server counts them; `cached` is the part of `prompt`
    that it did not evaluate again, `cost` what all of it costs by the prices of the models."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    cost: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
            self.cost + other.cost,
        )


class _Delta(BaseModel):
    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class _Choice(BaseModel):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Details(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Timings(BaseModel):
    cache_n: int | None = None


class _Progress(BaseModel):
    total: int
    cache: int = 0
    processed: int


class Chunk(BaseModel):
    """The data of one event, as far as it is read; pydantic's ValidationError where it has another form."""

    choices: list[_Choice] | None = Field(None, max_length=8)
    usage: _Usage | None = None
    timings: _Timings | None = None
    prompt_progress: _Progress | None = None
    error: Any = None

    def counted(self) -> Usage | None:
        """The token counts: OpenAI's `usage`, with llama.cpp's own `timings` for what was cached."""
        if self.usage is None:
            return None
        details = self.usage.prompt_tokens_details or _Details()
        cached = (self.timings.cache_n if self.timings else None) or details.cached_tokens or 0
        return Usage(self.usage.prompt_tokens or 0, cached, self.usage.completion_tokens or 0)


class Watch:
    """The deadline of the phase that a stream is in; enter its `scope` around the request."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._started = time.monotonic()
        self.first_token_seconds: float | None = None
        self.scope = anyio.CancelScope(deadline=anyio.current_time() + timeouts.first_token)

    @property
    def stalled(self) -> str:
        """The phase that took too long, "" for none."""
        if not self.scope.cancelled_caught:
            return ""
        if self.first_token_seconds is None:
            return f"no first token within {self._timeouts.first_token:g} s"
        return f"nothing more for {self._timeouts.between_tokens:g} s"

    @property
    def seconds(self) -> float:
        """Until the first token, or until now where there was none."""
        if self.first_token_seconds is not None:
            return self.first_token_seconds
        return time.monotonic() - self._started

    def progress(self) -> None:
        """The server has reported that it reads the prompt."""
        if self.first_token_seconds is None:
            self.scope.deadline = anyio.current_time() + self._timeouts.first_token

    def token(self) -> None:
        """A token has come, of a thought or of the answer."""
        if self.first_token_seconds is None:
            self.first_token_seconds = time.monotonic() - self._started
        self.scope.deadline = anyio.current_time() + self._timeouts.between_tokens


@dataclass
class Answer:
    """What has arrived of one stream; `take` reads a chunk."""

    watch: Watch
    on_text: OnText | None = None
    on_thinking: OnText | None = None
    on_prompt: OnPrompt | None = None
    thinking_tokens: int | None = None
    """The most that may be spent on a thought, a chunk of it counted as a token; None for no limit."""
    text: str = ""
    thinking: str = ""
    thoughts: int = 0
    finish_reason: str = ""
    usage: Usage = Usage()
    _splitter: Splitter = field(default_factory=Splitter)

    def take(self, chunk: Chunk) -> None:
        """Add what a chunk brings.

        Raises:
            ThinkingTooLong: The thought has gone over its budget.
        """
        self.usage = chunk.counted() or self.usage
        if (progress := chunk.prompt_progress) is not None:
            self.watch.progress()
            if self.on_prompt is not None:
                self.on_prompt(progress.processed - progress.cache, progress.total - progress.cache)
        for choice in chunk.choices or ():
            delta = choice.delta or _Delta()
            self._think(delta.reasoning_content or delta.reasoning or "")
            self._write(delta.content or "")
            self.finish_reason = choice.finish_reason or self.finish_reason

    def end(self) -> None:
        """The stream is over: what looked like the beginning of a thought was none."""
        self._say(self._splitter.rest())

    def _write(self, content: str) -> None:
        if content:
            self.watch.token()
            thinking, text = self._splitter.split(content)
            self._think(thinking)
            self._say(text)

    def _say(self, text: str) -> None:
        self.text += text
        if text and self.on_text is not None:
            self.on_text(text)

    def _think(self, thinking: str) -> None:
        if not thinking:
            return
        self.watch.token()
        self.thinking += thinking
        self.thoughts += 1
        if self.on_thinking is not None:
            self.on_thinking(thinking)
        if self.thinking_tokens is not None and self.thoughts > self.thinking_tokens:
            raise ThinkingTooLong(f"the thought went over its {self.thinking_tokens} tokens")
