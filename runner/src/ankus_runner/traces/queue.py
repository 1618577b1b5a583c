"""A bounded queue between the loop, which never waits, and the thread that writes.

What does not fit is dropped and counted; a record of approvals is never dropped.
"""

import threading
from collections import deque

from ankus_runner.traces.span import Approval, Record, weight

RECORDS = 4_096
CHARACTERS = 64_000_000
"""What may wait: prompts and results are far from equal in size."""


class SpanQueue:
    """Records that wait to be written.

    Args:
        records: How many may wait.
        characters: How large they may be together.
    """

    def __init__(self, records: int = RECORDS, characters: int = CHARACTERS) -> None:
        self.dropped = 0
        self.accepted = 0
        self._records, self._characters = records, characters
        self._waiting: deque[Record] = deque()
        self._size = 0
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, record: Record) -> bool:
        """Append a record, at once; whether there was room for it."""
        size = weight(record)
        with self._changed:
            full = len(self._waiting) >= self._records or self._size + size > self._characters
            if self._closed or (full and not isinstance(record, Approval)):
                self.dropped += 1
                return False
            self._waiting.append(record)
            self.accepted += 1
            self._size += size
            self._changed.notify()
        return True

    def take(self, most: int) -> list[Record]:
        """Wait for records and take at most `most`; none once the queue is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            batch = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            self._size -= sum(map(weight, batch))
        return batch

    def close(self) -> None:
        """Let nothing in any more; what waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
