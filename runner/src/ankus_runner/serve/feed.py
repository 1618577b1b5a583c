"""What happens in one run, as JSON objects, for any number of followers, who each see it from the start."""

from collections.abc import AsyncGenerator
from typing import Any

import anyio

Told = dict[str, Any]


class Feed:
    """Events, oldest first, until it is closed."""

    def __init__(self) -> None:
        self.events: list[Told] = []
        self._closed = False
        self._changed = anyio.Event()

    def tell(self, event: Told) -> None:
        """Add an event."""
        self.events.append(event)
        self._wake()

    def close(self) -> None:
        """Say that nothing more will come."""
        self._closed = True
        self._wake()

    async def follow(self, silence: float) -> AsyncGenerator[Told | None]:
        """The events so far and then as they come, to the end; None after each `silence` seconds of none."""
        seen = 0
        while True:
            changed = self._changed
            while seen < len(self.events):
                seen += 1
                yield self.events[seen - 1]
            if changed is not self._changed:
                continue
            if self._closed:
                return
            with anyio.move_on_after(silence):
                await changed.wait()
            if not changed.is_set():
                yield None

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
