"""What keeps one endpoint's failures small: time-outs per phase, retries that obey `Retry-After`, a breaker.

The waiting itself is stamina's. The breaker is ours, since the kept libraries read a clock that cannot be
injected or know no cancelled trial (source of the form: M. Nygard, "Release It!", 2007, "Circuit Breaker").
"""

import re
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ankus_runner.errors import BreakerOpenError, EndpointError, StalledError

_STRICT = ConfigDict(extra="forbid", frozen=True)

LASTING = frozenset({401, 403, 404})
"""Refusals that the same endpoint will repeat, whatever it is asked."""


class Timeouts(BaseModel):
    """Seconds that each phase of a request may take."""

    model_config = _STRICT

    connect: float = Field(10.0, gt=0)
    first_token: float = Field(600.0, gt=0)
    """From the request, or from the last progress that was reported, to the first token: a long prompt on two
    cores takes minutes."""
    between_tokens: float = Field(120.0, gt=0)


class Retries(BaseModel):
    """How often and how patiently one endpoint is asked again."""

    model_config = _STRICT

    attempts: int = Field(4, ge=1, le=20)
    """In all, the first included."""
    longest_wait: float = Field(60.0, ge=0)
    """A longer `Retry-After` is not waited for: the next model is asked, or the error is raised."""

    def pause(self, error: Exception) -> bool | float:
        """Whether to ask again after `error`: not at all, after the usual pause, or after so many seconds."""
        if not isinstance(error, EndpointError) or not error.again:
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if error.retry_after <= self.longest_wait else False


class BreakerLimits(BaseModel):
    """When an endpoint is left alone, and for how long."""

    model_config = _STRICT

    failures: int = Field(5, ge=1)
    """In a row."""
    seconds: float = Field(30.0, gt=0)


class Breaker:
    """Closed it lets requests through; open none; half-open, once its seconds are over, a single one.

    Args:
        limits: When it opens.
        clock: Seconds that only grow.
    """

    def __init__(
        self, limits: BreakerLimits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits or BreakerLimits()
        self._clock = clock
        self._failures = 0
        self._open_until: float | None = None
        self._trying = False
        self._reason = ""

    @property
    def state(self) -> Literal["closed", "open", "half-open"]:
        """What the next request would meet."""
        if self._open_until is None:
            return "closed"
        return "open" if self._trying or self._rest() > 0 else "half-open"

    @property
    def reason(self) -> str:
        """Why it is not closed, and for how long; "" where it is."""
        if self._open_until is None:
            return ""
        return f"it is left alone for {max(self._rest(), 0.0):.0f} s, after {self._reason}"

    @contextmanager
    def guarding(self) -> Generator[None]:
        """Let one request through and judge it by how it ends; a cancelled one is not judged.

        Raises:
            BreakerOpenError: The endpoint is being left alone.
        """
        if self.state == "open":
            raise BreakerOpenError(f"The model is not asked: {self.reason}", hint="Ask again later.")
        trial = self._trying = self._open_until is not None
        try:
            yield
        except EndpointError as error:
            self._judge(error, trial)
            raise
        else:
            self._close()
        finally:
            if trial:
                self._trying = False

    def _judge(self, error: EndpointError, trial: bool) -> None:
        if error.status in LASTING:
            self._open(error, 1)
        elif error.again or isinstance(error, StalledError):
            long = (error.retry_after or 0.0) > self._limits.seconds
            self._failures += 1
            if trial or long or self._failures >= self._limits.failures:
                self._open(error, self._failures)
        else:
            self._close()  # it refused this request, so it is there

    def _open(self, error: EndpointError, failures: int) -> None:
        rest = max(self._limits.seconds, error.retry_after or 0.0)
        self._open_until = self._clock() + rest
        self._reason = f"{failures} failure{'s' * (failures > 1)}; the last: {error.message}"

    def _close(self) -> None:
        self._failures, self._open_until, self._reason = 0, None, ""

    def _rest(self) -> float:
        return (self._open_until or 0.0) - self._clock()


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The seconds that a response's `Retry-After` asks for (RFC 9110, 10.2.3): a number, or an HTTP date.

    A date is measured from the response's own `Date` where there is one, so that clocks may differ. None for
    a missing header and for one that is neither.
    """
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
        return float(value)
    until = _date(value)
    if until is None:
        return None
    since = _date(headers.get("Date", "")) or now or datetime.now(UTC)
    return max((until - since).total_seconds(), 0.0)


def _date(text: str) -> datetime | None:
    """One of the three forms of RFC 9110, 5.6.7, all of which are in GMT."""
    try:
        parsed = parsedate_to_datetime(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed
    except (ValueError, OverflowError):
        return None
