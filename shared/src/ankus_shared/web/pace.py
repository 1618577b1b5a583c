"""How long to wait before the next request to a host, so that a crawl is no attack."""

_MOST_HOSTS = 10_000


class Pace:
    """Gives each request to a host a moment of its own, a delay after the one before."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    def reserve(self, host: str, delay: float, now: float) -> float:
        """Take the next free moment; the seconds until then."""
        start = max(now, self._next.get(host, now))
        if len(self._next) >= _MOST_HOSTS:
            self._next = {known: free for known, free in self._next.items() if free > now}
        self._next[host] = start + delay
        return start - now
