"""A valve between libpq and its socket.

libpq has no limit on the size of a row: it reads a 200 MB value as fast as the server sends it, before
anyone can count. So while one statement runs, libpq's descriptor is one end of a socket pair, and the
bytes of the real socket pass through our hands in pieces of 64 KiB (encrypted ones too: the valve does
not look at them). At most one piece beyond the limit is ever held in memory.
"""

import contextlib
import os
import select
import socket
from collections.abc import Iterator, Sequence

import anyio
import psycopg
from psycopg import pq

PIECE = 65_536
"""Bytes that pass at once."""


class TooMuch(Exception):
    """Raised when more bytes than allowed arrived without completing a row."""


class Valve:
    """One libpq connection whose bytes we carry to and from the real socket."""

    def __init__(self, pgconn: pq.abc.PGconn, real: socket.socket, outer: socket.socket) -> None:
        self._pgconn, self._real, self._outer = pgconn, real, outer
        self._inner_ready = select.poll()
        self._inner_ready.register(pgconn.socket, select.POLLIN)

    def is_active(self) -> bool:
        """Whether a statement still runs, or the connection is in no known state."""
        return self._pgconn.transaction_status in (
            pq.TransactionStatus.ACTIVE,
            pq.TransactionStatus.UNKNOWN,
        )

    async def send(self, text: str, parameters: Sequence[bytes] = ()) -> None:
        """Send one statement and its parameters as text; its rows are to come one by one as text."""
        self._pgconn.send_query_params(text.encode(), parameters or None)
        self._pgconn.set_single_row_mode()
        while self._pgconn.flush():
            await self._carry_out()
        await self._carry_out()

    async def next_result(self, byte_limit: int) -> pq.abc.PGresult | None:
        """The next row, the error, or None at the end.

        Raises:
            TooMuch: If more than `byte_limit` bytes arrive before it is complete.
            psycopg.OperationalError: If the connection breaks.
        """
        received = 0
        while self._pgconn.is_busy():
            if received > byte_limit:
                raise TooMuch
            received += await self._carry_in()
        return self._pgconn.get_result()

    async def _carry_in(self) -> int:
        """Bring one piece from the server to libpq; how many bytes it has."""
        await anyio.wait_readable(self._real)
        try:
            piece = self._real.recv(PIECE)
        except BlockingIOError:
            return 0
        except ConnectionError:
            piece = b""
        if not piece:
            self._outer.shutdown(socket.SHUT_WR)
            self._pgconn.consume_input()  # raises: libpq sees the end too
        left = memoryview(piece)
        while left or self._inner_ready.poll(0):
            with contextlib.suppress(BlockingIOError):  # libpq must read before more fits
                left = left[self._outer.send(left) :] if left else left
            self._pgconn.consume_input()
        await self._carry_out()
        return len(piece)

    async def _carry_out(self) -> None:
        """Bring to the server what libpq has written."""
        while True:
            try:
                left = memoryview(self._outer.recv(PIECE))
            except BlockingIOError:
                return
            while left:
                try:
                    left = left[self._real.send(left) :]
                except BlockingIOError:
                    await anyio.wait_writable(self._real)
                except ConnectionError as error:
                    raise psycopg.OperationalError("the connection to the server broke") from error


@contextlib.contextmanager
def valve(pgconn: pq.abc.PGconn) -> Iterator[Valve]:
    """Put a valve on an idle connection for the length of the block."""
    descriptor = pgconn.socket
    with contextlib.ExitStack() as stack:
        real = stack.enter_context(socket.socket(fileno=os.dup(descriptor)))
        inner, outer = (stack.enter_context(end) for end in socket.socketpair())
        for end in (real, inner, outer):
            end.setblocking(False)
        os.dup2(inner.fileno(), descriptor, inheritable=False)
        try:
            yield Valve(pgconn, real, outer)
        finally:
            if pgconn.status == pq.ConnStatus.OK:  # otherwise libpq has closed its descriptor
                os.dup2(real.fileno(), descriptor, inheritable=False)
