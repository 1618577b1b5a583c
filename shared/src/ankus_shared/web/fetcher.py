"""Fetches one page of the web, guarded and bounded.

Requests go straight to the transport, without the client above it: so there are no cookies, no `.netrc`, no
proxies of the environment, and no redirect that was not judged.
"""

import ssl
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self

import anyio
import httpx2

from ankus_shared.web.errors import (
    BadStatus,
    FetchFailed,
    FetchTimeout,
    TooLarge,
    TooManyRedirects,
    UnsupportedContent,
    shown,
)
from ankus_shared.web.fetched import Fetched, FetchLimits, conditions, fetched, media_type
from ankus_shared.web.guard import Guard
from ankus_shared.web.inflate import CODINGS, Inflater, too_large
from ankus_shared.web.pace import Pace
from ankus_shared.web.robots import LONGEST as LONGEST_ROBOTS
from ankus_shared.web.robots import Robots
from ankus_shared.web.transport import GuardedTransport
from ankus_shared.web.urls import host_of, origin_of

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONNECT_SECONDS = 10.0


class Fetcher:
    """Fetches pages; one for a whole process, since it keeps connections and the rules of robots.txt.

    Args:
        limits: Bounds of every fetch.
        guard: Whom it may talk to.
        user_agent: Who asks, such as `ankus-docs-rag/0.1.0`; robots.txt is read for what is before the slash.
        tls: Other certificates than the machine's own.
    """

    def __init__(
        self, limits: FetchLimits, guard: Guard, user_agent: str, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.limits = limits
        self._guard = guard
        self._user_agent = user_agent
        self._transport = GuardedTransport(guard, tls)
        self._robots = Robots(self._read_robots, user_agent.partition("/")[0])
        self._pace = Pace()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._transport.aclose()

    async def fetch(
        self,
        url: str,
        *,
        content_types: Sequence[str] | None = None,
        credentials: Mapping[str, str] | None = None,
        validator: str = "",
    ) -> Fetched:
        """Fetch a page.

        Args:
            url: Where it is.
            content_types: What the caller can read, instead of the limits' own; empty for everything.
            credentials: Headers such as Authorization, for the origin of `url` and no other.
            validator: `Fetched.validator` of the copy that the caller has.

        Raises:
            BadUrl, BlockedHost, BlockedAddress: If it, or where it leads, may not be talked to.
            NotAllowedByRobots: If the site asks machines to stay away from it.
            UnsupportedContent, TooLarge: If it is not what the caller can read.
            TooManyRedirects, FetchTimeout, FetchFailed, BadStatus: If it does not arrive.
        """
        start = self._guard.parse(url)
        types = self.limits.content_types if content_types is None else content_types
        with _typed_failures(start), anyio.fail_after(self.limits.seconds) as scope:
            await self._wait_turn(start, scope)
            async with self._answer(start, credentials or {}, validator) as (final, response):
                if response.status_code == 304:
                    return fetched(final, response, b"")
                _check_type(final, response, types)
                return fetched(final, response, await _read(response, self.limits.body_bytes))

    async def _wait_turn(self, url: httpx2.URL, scope: anyio.CancelScope) -> None:
        """Wait until the host may be asked again; that time is not the fetch's."""
        asked = min((await self._check_robots(url)), self.limits.longest_delay)
        pause = self._pace.reserve(host_of(url), max(asked, self.limits.delay), anyio.current_time())
        scope.deadline += pause
        await anyio.sleep(pause)

    async def _check_robots(self, url: httpx2.URL) -> float:
        """The delay that robots.txt asks for, if it allows the page at all."""
        if not self.limits.robots:
            return 0.0
        rules = await self._robots.rules(url)
        rules.check(url)
        return rules.delay

    async def _read_robots(self, url: httpx2.URL) -> str:
        async with self._answer(url, {}, "", robots=False) as (_, response):
            body = await _read(response, LONGEST_ROBOTS, cut=True)
        if len(body) == LONGEST_ROBOTS:
            body = body.rpartition(b"\n")[0]  # half a rule may forbid more than the whole one
        return body.decode("utf-8-sig", "replace")

    @asynccontextmanager
    async def _answer(
        self, url: httpx2.URL, credentials: Mapping[str, str], validator: str, *, robots: bool = True
    ) -> AsyncIterator[tuple[httpx2.URL, httpx2.Response]]:
        """The answer at the end of all redirects, its body not read yet."""
        start = url
        for hop in range(self.limits.redirects + 1):
            if hop and robots:
                await self._check_robots(url)
            if origin_of(url) != origin_of(start):
                credentials = {}  # for good: a way back does not earn them again
            asked = conditions(validator, url)
            response = await self._send(url, {**credentials, **asked})
            async with aclosing(response):
                target = _redirect(response)
                if not target:
                    _check_status(url, response, asked=bool(asked))
                    yield url, response
                    return
            url = self._guard.parse(target, url)
        raise TooManyRedirects(
            f"{shown(str(start))} redirects more than {self.limits.redirects} times.",
            hint="Give the address that the page has in the end.",
        )

    async def _send(self, url: httpx2.URL, headers: Mapping[str, str]) -> httpx2.Response:
        seconds = self.limits.seconds
        timeout = httpx2.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))
        request = httpx2.Request(
            "GET",
            url,
            headers={"User-Agent": self._user_agent, "Accept": "*/*", **headers, "Accept-Encoding": CODINGS},
            # a certificate has no dot at the end of its names
            extensions={"timeout": timeout.as_dict(), "sni_hostname": host_of(url).rstrip(".")},
        )
        return await self._transport.handle_async_request(request)


def _redirect(response: httpx2.Response) -> str:
    """Where an answer leads; "" where it is the last one."""
    return response.headers.get("location", "") if response.status_code in _REDIRECTS else ""


def _check_status(url: httpx2.URL, response: httpx2.Response, *, asked: bool) -> None:
    status = response.status_code
    if response.is_success or (status == 304 and asked):
        return
    later = status >= 500 or status == 429
    raise BadStatus(
        f"{shown(str(url))} answers {status} {response.reason_phrase}".rstrip() + ".",
        status=status,
        hint="Try again later." if later else "Check the address.",
    )


def _check_type(url: httpx2.URL, response: httpx2.Response, types: Sequence[str]) -> None:
    kind = media_type(response)[0]
    if types and kind not in types:
        said = f"is {kind[:60]!r}" if kind else "has no content type"
        raise UnsupportedContent(
            f"{shown(str(url))} {said}.", hint=f"What can be read here: {', '.join(types)}."
        )


def _check_length(response: httpx2.Response, most: int) -> None:
    """Refuse a body that is said to be over the limit before any of it is read."""
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise too_large(most)


async def _read(response: httpx2.Response, most: int, *, cut: bool = False) -> bytes:
    """The body, unpacked; with `cut`, what is over the limit is left away."""
    inflater = Inflater(response.headers.get("content-encoding", ""), most)
    try:
        if not cut:
            _check_length(response, most)
        async with aclosing(response.aiter_raw()) as parts:
            async for part in parts:
                inflater.feed(part)
    except TooLarge:
        if not cut:
            raise
        return inflater.so_far
    return inflater.finish()


@contextmanager
def _typed_failures(url: httpx2.URL) -> Iterator[None]:
    """Failures of the network as errors of ours."""
    try:
        yield
    except (TimeoutError, httpx2.TimeoutException) as exc:
        raise FetchTimeout(f"{shown(str(url))} did not arrive in time.", hint="Try again later.") from exc
    except httpx2.ProtocolError as exc:  # whose message quotes what the server sent
        raise FetchFailed(f"The server of {shown(str(url))} does not answer in proper HTTP.") from exc
    except httpx2.HTTPError as exc:
        why = str(exc)[:200] or "the connection broke"
        raise FetchFailed(f"{shown(str(url))} could not be fetched: {why}.", hint="Try again later.") from exc
