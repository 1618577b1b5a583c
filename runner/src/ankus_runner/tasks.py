"""Helpers around task groups."""

from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, TypeVar

import anyio
from anyio.abc import TaskStatus

A = TypeVar("A")
B = TypeVar("B")


@contextmanager
def single_error() -> Generator[None]:
    """Raise the only exception inside of a group as itself, so that callers can catch it by type."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        raise error from error.__cause__


@contextmanager
def first_error() -> Generator[None]:
    """Raise the first exception of a group as itself: of tasks that fail of one cause, one tells it."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from error.__cause__


@asynccontextmanager
async def side_by_side(
    first: AbstractAsyncContextManager[A], second: AbstractAsyncContextManager[B]
) -> AsyncGenerator[tuple[A, B]]:
    """Enter two context managers at the same time; each is left by the task that entered it."""
    values: dict[int, Any] = {}

    async def hold(
        index: int, manager: AbstractAsyncContextManager[Any], *, task_status: TaskStatus[None]
    ) -> None:
        async with manager as value:
            values[index] = value
            task_status.started()
            await anyio.sleep_forever()

    async def start(index: int, manager: AbstractAsyncContextManager[Any]) -> None:
        await holding.start(hold, index, manager)

    with single_error():
        async with anyio.create_task_group() as holding:
            async with anyio.create_task_group() as starting:
                starting.start_soon(start, 0, first)
                starting.start_soon(start, 1, second)
            yield values[0], values[1]
            holding.cancel_scope.cancel()
