"""The pace of a crawl."""

from ankus_shared.web.pace import Pace


def test_the_first_request_waits_for_nothing() -> None:
    assert Pace().reserve("a.example", 2.0, now=100.0) == 0.0


def test_requests_to_one_host_are_a_delay_apart_however_fast_they_come() -> None:
    pace = Pace()
    waits = [pace.reserve("a.example", 2.0, now=100.0 + moment) for moment in (0.0, 0.5, 0.5, 50.0)]
    assert waits == [0.0, 1.5, 3.5, 0.0]


def test_hosts_do_not_wait_for_each_other() -> None:
    pace = Pace()
    pace.reserve("a.example", 2.0, now=100.0)
    assert pace.reserve("b.example", 2.0, now=100.0) == 0.0


def test_hosts_long_past_are_forgotten_and_those_in_use_are_not() -> None:
    pace = Pace()
    for number in range(10_000):
        pace.reserve(f"{number}.example", 1.0, now=0.0)
    pace.reserve("a.example", 1.0, now=500.0)
    assert pace.reserve("a.example", 1.0, now=500.0) == 1.0
    assert len(pace._next) == 1
