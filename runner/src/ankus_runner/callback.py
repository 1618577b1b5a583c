"""A person behind an HTTP address: a call is posted there, and what was said of it comes back.

POST   {"run", "user", "tool", "arguments", "digest", "problem"}, with `Authorization: Bearer …`
200    {"verdict": "approve" | "edit" | "refuse", "arguments", "reason", "by", "remember"}, at once or late
202    not yet: the same is asked of `Location` by GET, after the seconds of `Retry-After` (RFC 9110, 10.2.3)
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urljoin, urlsplit

import anyio
import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ankus_runner.approvals import Answer, Asked
from ankus_runner.errors import ApprovalError, ConfigError

POLL_SECONDS, SHORTEST_POLL, LONGEST_POLL = 1.0, 0.05, 30.0
MOST_BYTES = 1_000_000
"""Of an answer."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: Literal["approve", "edit", "refuse"]
    arguments: dict[str, Any] | None = None
    reason: Annotated[str, Field(max_length=2_000)] = ""
    by: Annotated[str, Field(max_length=200)] = ""
    remember: Literal["", "tool", "call"] = ""
    digest: str = ""
    """Of the call that is meant; what is said of another one does not count."""

    @model_validator(mode="after")
    def _whole(self) -> "_Said":
        if (self.verdict == "edit") != (self.arguments is not None):
            raise ValueError("arguments go with the verdict 'edit', and with no other")
        return self


@dataclass(frozen=True)
class CallbackAsker:
    """Asks by HTTP; whoever waits for it gives up by cancelling.

    Args:
        client: Carries the secret, follows no redirects and has no time limit of its own.
        url: Where calls are posted to.
    """

    client: httpx2.AsyncClient
    url: str

    async def ask(self, asked: Asked) -> Answer:
        """See `approvals.Asker`."""
        try:
            response = await self.client.post(self.url, json=asdict(asked))
            while response.status_code == httpx2.codes.ACCEPTED:
                place = self._place(response)
                await anyio.sleep(_pause(response))
                response = await self.client.get(place)
        except httpx2.HTTPError as error:
            raise ApprovalError(
                f"{self.url} cannot be asked: {type(error).__name__} {error}".strip()
            ) from error
        return _answer(response, asked)

    def _place(self, response: httpx2.Response) -> str:
        """Where it is asked again: nowhere else, since the secret goes with it."""
        place = urljoin(str(response.url), response.headers.get("location", ""))
        if _origin(place) != _origin(self.url):
            raise ApprovalError(f"{self.url} sends the question elsewhere, which is not followed.")
        return place


@asynccontextmanager
async def callback_asker(url: str, secret: str) -> AsyncGenerator[CallbackAsker]:
    """A way to whoever answers at `url`.

    Raises:
        ConfigError: That is no address for it.
    """
    check_callback(url)
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    limits = httpx2.Timeout(
        10, read=None, write=30
    )  # a late answer is one; the approver waits so long as it may
    async with httpx2.AsyncClient(headers=headers, timeout=limits) as client:
        yield CallbackAsker(client, url)


def check_callback(url: str) -> None:
    """Refuse what is no address of a callback.

    Raises:
        ConfigError: Its scheme is not HTTP, or it holds a password.
    """
    scheme, place = urlsplit(url)[:2]
    if scheme not in ("http", "https") or not place or "@" in place:
        raise ConfigError(
            "--approvals-url cannot be used: it must be http:// or https://, without a password.",
            hint="Put the secret into the file of --approvals-secret-file.",
        )


def _answer(response: httpx2.Response, asked: Asked) -> Answer:
    if response.status_code != httpx2.codes.OK or len(response.content) > MOST_BYTES:
        raise ApprovalError(f"The approvals service answered with status {response.status_code}.")
    try:
        said = _Said.model_validate_json(response.content)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise ApprovalError(
            f"The approvals service's answer cannot be read: {place} {problem['msg']}."
        ) from error
    if said.digest not in ("", asked.digest):
        raise ApprovalError("The approvals service's answer is to another call.")
    return Answer(
        said.verdict, said.arguments, said.reason, said.by or "the approvals service", said.remember
    )


def _pause(response: httpx2.Response) -> float:
    try:
        wanted = float(response.headers.get("retry-after", POLL_SECONDS))
    except ValueError:
        wanted = POLL_SECONDS
    return min(max(wanted, SHORTEST_POLL), LONGEST_POLL) if wanted == wanted else POLL_SECONDS


def _origin(url: str) -> tuple[str, str]:
    return urlsplit(url)[:2]
