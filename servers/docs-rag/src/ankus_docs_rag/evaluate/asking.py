"""A client of `/v1/chat/completions` that answers in JSON of a given shape, or not at all.

The shape is sent as `response_format` where the server takes that, and stands in the prompt in any case;
what comes back is checked here. A wrong answer is asked for once more.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio
import httpx2
import stamina
from pydantic import BaseModel, ValidationError

from ankus_docs_rag.errors import JudgeUnavailable
from ankus_docs_rag.evaluate.questions import told
from ankus_docs_rag.evaluate.settings import JudgeSettings

Shape = TypeVar("Shape", bound=BaseModel)
_ATTEMPTS, _WRONG_TWICE = 4, 2
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_NOT_TAKEN = frozenset({400, 404, 415, 422, 501})
"""Statuses by which servers refuse a request field that they do not know."""
_HINT = "Check --judge-url and --judge-model, and that the server runs."


class _Passing(Exception):
    """Raised for a failure that may be gone the next time."""


@dataclass
class Judge:
    """A model behind an endpoint."""

    model: str
    client: httpx2.AsyncClient = field(repr=False)
    slots: anyio.CapacityLimiter
    first_wait: float = 0.5
    """Seconds before a request that failed is tried again; doubled each time."""
    shaped: bool = True
    """Whether the server takes `response_format`; found out by asking."""

    async def ask(self, instruction: str, material: str, shape: type[Shape]) -> Shape | None:
        """The model's answer, or None where it was wrong twice.

        Args:
            instruction: What to do with the material.
            material: Framed text from outside.
            shape: What the answer has to be.

        Raises:
            JudgeUnavailable: If the server is not there, refuses, or answers something else.
        """
        told_shape = f"{instruction}\n\nAnswer with one JSON object of this schema and nothing else:\n"
        messages = [
            {"role": "system", "content": told_shape + json.dumps(shape.model_json_schema())},
            {"role": "user", "content": material},
        ]
        for _ in range(_WRONG_TWICE):
            text = await self._complete(messages, shape)
            try:
                return shape.model_validate_json(_object_in(text))
            except ValidationError as error:
                wrong = f"That is not right: {told(error)}. Answer again, with the JSON object alone."
                messages += [{"role": "assistant", "content": text}, {"role": "user", "content": wrong}]
        return None

    async def _complete(self, messages: list[dict[str, str]], shape: type[Shape]) -> str:
        shaped = self.shaped
        body: dict[str, Any] = {"messages": messages, "temperature": 0, "model": self.model or "default"}
        response = await self._post(body | (_response_format(shape) if shaped else {}))
        if shaped and response.status_code in _NOT_TAKEN:
            response = await self._post(body)
            self.shaped = self.shaped and not response.is_success
        return _text_of(response)

    async def _post(self, body: dict[str, Any]) -> httpx2.Response:
        retries = stamina.retry_context(
            on=_Passing, attempts=_ATTEMPTS, timeout=None, wait_initial=self.first_wait, wait_jitter=0
        )
        try:
            async for attempt in retries:
                with attempt:
                    return await self._post_once(body)
        except _Passing as error:
            raise JudgeUnavailable(f"The judge does not answer: {error}.", hint=_HINT) from error
        raise AssertionError("stamina ends by a result or an exception")

    async def _post_once(self, body: dict[str, Any]) -> httpx2.Response:
        try:
            async with self.slots:
                response = await self.client.post("chat/completions", json=body)
        except httpx2.HTTPError as error:
            raise _Passing(str(error) or type(error).__name__) from error
        if response.status_code in _PASSING:
            raise _Passing(f"status {response.status_code}: {response.text[:200]}")
        return response


@asynccontextmanager
async def opened_judge(settings: JudgeSettings) -> AsyncIterator[Judge]:
    """The judge of the settings, until the block ends.

    Raises:
        SettingsError: If the file of its key cannot be read.
    """
    key = settings.key()
    base = settings.judge_url.rstrip("/")
    async with httpx2.AsyncClient(
        base_url=base if base.endswith("/v1") else f"{base}/v1",
        headers={"authorization": f"Bearer {key}"} if key else {},
        timeout=settings.judge_timeout,
        trust_env=False,
    ) as client:
        yield Judge(settings.judge_model, client, anyio.CapacityLimiter(settings.judge_parallel))


def _response_format(shape: type[BaseModel]) -> dict[str, Any]:
    schema = {"name": shape.__name__, "strict": True, "schema": shape.model_json_schema()}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _text_of(response: httpx2.Response) -> str:
    if not response.is_success:
        raise JudgeUnavailable(
            f"The judge refuses with status {response.status_code}: {response.text[:200]}", hint=_HINT
        )
    try:
        return str(response.json()["choices"][0]["message"]["content"] or "")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise JudgeUnavailable("The judge's answer is no chat completion.", hint=_HINT) from error


def _object_in(text: str) -> str:
    """What is between the outermost braces: models like to put a fence or a word around it."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text
