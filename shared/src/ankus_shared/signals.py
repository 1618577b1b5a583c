"""SIGINT and SIGTERM as cancellation, so that every `finally` runs."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import anyio


async def until_signalled(main: Callable[[], Awaitable[None]]) -> signal.Signals | None:
    """Await `main()`, which the first SIGINT or SIGTERM cancels; a second one ends the process at once.

    Returns:
        The signal that ended it, or None if it ended by itself.
    """
    received: list[signal.Signals] = []
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with anyio.create_task_group() as tasks:
            with anyio.CancelScope() as scope:
                tasks.start_soon(_watch, signals, scope, received)
                await main()
            tasks.cancel_scope.cancel()
    return received[0] if received else None


async def _watch(
    signals: AsyncIterator[signal.Signals], scope: anyio.CancelScope, received: list[signal.Signals]
) -> None:
    async for number in signals:
        if received:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        received.append(number)
        scope.cancel()
