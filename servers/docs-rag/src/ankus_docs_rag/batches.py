"""Many things, a few at a time; `itertools.batched` is Python 3.12's."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Thing = TypeVar("Thing")


def batches(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    """Lists of `size` things each, the last one shorter."""
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch
