"""robots.txt (RFC 9309), read by `protego` and kept for each origin."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio
import httpx2
from anyio.to_thread import run_sync
from protego import Protego

from ankus_shared.web.errors import BadStatus, NotAllowedByRobots, TooManyRedirects, shown
from ankus_shared.web.urls import origin_of

LONGEST = 500 * 1024
"""Bytes of a robots.txt that are read; RFC 9309, section 2.5, asks for no fewer."""

_KEPT_SECONDS = 3600.0  # RFC 9309, section 2.4: a day at most
_FAILING_SECONDS = 60.0
_MOST_ORIGINS = 1_000
_MOST_PAIRS = 400_000
_FORBID_ALL = "User-agent: *\nDisallow: /"

ReadRobots = Callable[[httpx2.URL], Awaitable[str]]
"""The text of a robots.txt; raises what a fetch raises."""


@dataclass(frozen=True)
class Rules:
    """What one origin allows to one agent."""

    parsed: Protego
    agent: str
    failing: bool = False
    """Whether all is forbidden only because the file cannot be read."""

    def check(self, url: httpx2.URL) -> None:
        """Let a URL pass.

        Raises:
            NotAllowedByRobots: If the rules forbid it.
        """
        if self.parsed.can_fetch(str(url), self.agent):
            return
        if self.failing:
            raise NotAllowedByRobots(
                f"The robots.txt of {url.host!r} cannot be read, so no page of it is fetched.",
                hint="Try again later.",
            )
        raise NotAllowedByRobots(
            f"The site's robots.txt forbids {shown(str(url))} to {self.agent!r}.",
            hint="Read the page in a browser, or use another source.",
        )

    @property
    def delay(self) -> float:
        """Seconds that the origin wants between two fetches."""
        return self.parsed.crawl_delay(self.agent) or 0.0


@dataclass
class _Entry:
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    rules: Rules | None = None
    until: float = 0.0


class Robots:
    """The rules of each origin, kept for an hour; those of a failing site for a minute.

    Args:
        read: How a robots.txt is fetched.
        agent: The product token that the rules are looked up for, such as `ankus-docs-rag`.
        clock: Seconds that only go forward.
    """

    def __init__(self, read: ReadRobots, agent: str, clock: Callable[[], float] = anyio.current_time) -> None:
        self._read = read
        self._clock = clock
        self._agent = agent
        self._entries: OrderedDict[tuple[str, str, int], _Entry] = OrderedDict()

    async def rules(self, url: httpx2.URL) -> Rules:
        """The rules for the origin of a URL."""
        entry = self._entry(origin_of(url))
        async with entry.lock:
            if entry.rules is None or self._clock() >= entry.until:
                entry.rules = await self._fresh(url.copy_with(raw_path=b"/robots.txt"))
                entry.until = self._clock() + (_FAILING_SECONDS if entry.rules.failing else _KEPT_SECONDS)
            return entry.rules

    def _entry(self, origin: tuple[str, str, int]) -> _Entry:
        entry = self._entries.setdefault(origin, _Entry())
        self._entries.move_to_end(origin)
        if len(self._entries) > _MOST_ORIGINS:
            self._entries.popitem(last=False)
        return entry

    async def _fresh(self, url: httpx2.URL) -> Rules:
        try:
            text = await self._read(url)
        except TooManyRedirects:
            text = ""  # section 2.3.1.2: as if there were none
        except BadStatus as exc:
            failing = exc.status >= 500 or exc.status == 429
            return Rules(Protego.parse(_FORBID_ALL if failing else ""), self._agent, failing)
        if _is_bomb(text):
            return Rules(Protego.parse(_FORBID_ALL), self._agent, failing=True)
        return Rules(await run_sync(Protego.parse, text), self._agent)


def _is_bomb(text: str) -> bool:
    """Whether so many agents share so many lines that the parser would keep millions of rules."""
    lines = text.splitlines()
    agents = sum(line.lstrip()[:4].lower() == "user" for line in lines)
    return agents * len(lines) > _MOST_PAIRS
