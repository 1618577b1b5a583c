"""The stdio transport: standard input and output belong to the protocol, and to nothing else."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import cast

import anyio

from ankus_shared.tools import AnkusServer

_CHUNK = 65_536


async def serve_stdio(server: AnkusServer) -> None:
    """Serve one client over standard input and output until it closes its side.

    Meanwhile descriptor 0 is the null device and descriptor 1 is standard error, so that a stray `print`,
    a C library or a child process reaches neither side of the protocol.
    """
    with _private_stdin() as wire:
        lines = cast("anyio.AsyncFile[str]", _lines(wire))  # the SDK only iterates over it
        async with server.opened():
            await server.run_stdio_async(lines)


@contextmanager
def _private_stdin() -> Iterator[int]:
    """Take standard input away from everybody else; yields the descriptor of the wire."""
    wire = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    try:
        yield wire
    finally:
        os.dup2(wire, 0)
        os.close(wire)


async def _lines(descriptor: int) -> AsyncIterator[str]:
    """Lines of UTF-8 as they arrive.

    The SDK reads in a thread, which blocks a cancelled server until the next line comes; waiting for the
    descriptor instead can be cancelled, so that Ctrl-C works.
    """
    pending = b""
    while chunk := await _read(descriptor):
        *complete, pending = (pending + chunk).split(b"\n")
        for line in complete:
            yield line.decode(errors="replace")
    if pending.strip():
        yield pending.decode(errors="replace")


async def _read(descriptor: int) -> bytes:
    try:
        await anyio.wait_readable(descriptor)
    except PermissionError:  # epoll refuses regular files, which are always readable
        await anyio.lowlevel.checkpoint()
    return os.read(descriptor, _CHUNK)
