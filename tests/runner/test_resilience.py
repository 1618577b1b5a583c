"""Retry-After as RFC 9110 has it, and a breaker that rests, tries once, and judges by how that ends."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.errors import BreakerOpenError, EndpointError, StalledError
from ankus_runner.resilience import Breaker, BreakerLimits, Retries, retry_after

NOW = datetime(1994, 11, 6, 8, 49, 7, tzinfo=UTC)


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    """A breaker that opens after three failures, for 30 seconds."""
    return Breaker(BreakerLimits(failures=3, seconds=30), clock)


def failing(breaker: Breaker, error: EndpointError | None = None, times: int = 1) -> None:
    """Let requests through that fail, by default for a passing reason."""
    for _ in range(times):
        with pytest.raises(EndpointError, match="500"), breaker.guarding():
            raise error or EndpointError("It answered 500.", status=500, again=True)


def state(breaker: Breaker) -> str:
    """What the next request would meet."""
    return breaker.state


def working(breaker: Breaker) -> None:
    """Let a request through that works."""
    with breaker.guarding():
        pass


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("1.5", 1.5),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 30),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 30),
        ("Sun Nov  6 08:49:37 1994", 30),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("1e999", None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, NOW) == seconds


def test_a_date_is_measured_by_the_servers_own_clock() -> None:
    headers = {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:27 GMT"}

    assert retry_after(headers) == 10


@given(st.integers(0, 10**6))
def test_every_date_is_read_as_so_many_seconds(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert retry_after({"Retry-After": date}, NOW) == seconds


@given(st.text())
def test_no_header_breaks_anything(value: str) -> None:
    seconds = retry_after({"Retry-After": value}, NOW)

    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (EndpointError("x", again=True), True),
        (EndpointError("x", again=True, retry_after=7), 7),
        (EndpointError("x", again=True, retry_after=61), False),
        (EndpointError("x"), False),
        (ValueError("x"), False),
    ],
)
def test_a_wait_that_is_too_long_is_not_waited_for(error: Exception, pause: bool | float) -> None:
    assert Retries(longest_wait=60).pause(error) is pause or Retries(longest_wait=60).pause(error) == pause


def test_it_opens_after_failures_in_a_row_and_says_why(breaker: Breaker) -> None:
    failing(breaker, times=2)
    working(breaker)
    failing(breaker, times=2)
    assert state(breaker) == "closed"

    failing(breaker)

    assert state(breaker) == "open"
    with pytest.raises(BreakerOpenError, match=r"for 30 s, after 3 failures; the last: It answered 500"):
        working(breaker)


def test_after_its_rest_a_single_request_is_let_through(breaker: Breaker, clock: Clock) -> None:
    failing(breaker, times=3)
    clock.now = 30
    assert state(breaker) == "half-open"

    with breaker.guarding():
        with pytest.raises(BreakerOpenError):
            working(breaker)

    assert state(breaker) == "closed"


def test_a_trial_that_fails_opens_it_again_at_once(breaker: Breaker, clock: Clock) -> None:
    failing(breaker, times=3)
    clock.now = 30
    failing(breaker)
    clock.now = 59

    assert state(breaker) == "open"
    clock.now = 60
    assert state(breaker) == "half-open"


def test_a_cancelled_trial_is_no_verdict(breaker: Breaker, clock: Clock) -> None:
    failing(breaker, times=3)
    clock.now = 30
    with pytest.raises(KeyboardInterrupt), breaker.guarding():
        raise KeyboardInterrupt

    assert state(breaker) == "half-open"


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_lasting_refusal_opens_it_at_once(breaker: Breaker, status: int) -> None:
    failing(breaker, EndpointError("Not 500.", status=status))

    assert state(breaker) == "open"


def test_a_refused_request_says_nothing_about_the_next(breaker: Breaker) -> None:
    failing(breaker, EndpointError("Not 500.", status=400), times=9)

    assert state(breaker) == "closed"


def test_a_stalled_answer_counts(breaker: Breaker) -> None:
    failing(breaker, StalledError("Not 500."), times=3)

    assert state(breaker) == "open"


def test_a_long_retry_after_is_kept(breaker: Breaker, clock: Clock) -> None:
    failing(breaker, EndpointError("Not 500.", status=429, again=True, retry_after=3600))
    clock.now = 3599

    assert state(breaker) == "open"
    clock.now = 3600
    assert state(breaker) == "half-open"
