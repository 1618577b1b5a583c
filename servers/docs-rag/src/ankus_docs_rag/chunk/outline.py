"""The blocks of a page, section by section, each with the headings above it."""

from collections.abc import Iterator
from dataclasses import dataclass

from ankus_docs_rag.model import Block, Page, Section

_MOST_CARRIED = 600
"""Characters of headings that go with the text below them."""


@dataclass(frozen=True)
class Stretch:
    """Blocks in a row that stand in the same section."""

    section: Section
    headings: tuple[str, ...]
    """Titles from the page down to the section."""
    carried: tuple[Block, ...]
    """Headings right before the first block: its section's and those of the sections around it."""
    blocks: tuple[Block, ...]


def stretches(page: Page) -> Iterator[Stretch]:
    """All blocks in order; headings without any text below them are a stretch of their own."""
    carried: list[Block] = []
    blocks: list[Block] = []
    path: tuple[Section, ...] = ()
    for block, around in _placed(page):
        if (blocks and around != path) or (carried and not _goes_on(carried, path, around)):
            yield Stretch(path[-1], titles(path), tuple(carried), tuple(blocks))
            carried, blocks = [], []
        path = around
        if not blocks and block.kind == "heading" and block.start == path[-1].start and path[-1].level:
            carried.append(block)
        else:
            blocks.append(block)
    if blocks or carried:
        yield Stretch(path[-1], titles(path), tuple(carried), tuple(blocks))


def _goes_on(carried: list[Block], path: tuple[Section, ...], around: tuple[Section, ...]) -> bool:
    """Whether headings without text belong to what follows: it is in their section, and they are not many."""
    return around[: len(path)] == path and carried[-1].end - carried[0].start < _MOST_CARRIED


def titles(path: tuple[Section, ...]) -> tuple[str, ...]:
    """Titles without those that say the same as the one above."""
    found: list[str] = []
    for section in path:
        if section.title and (not found or section.title != found[-1]):
            found.append(section.title)
    return tuple(found)


def _placed(page: Page) -> Iterator[tuple[Block, tuple[Section, ...]]]:
    """Each block with the sections around it, from the whole page down."""
    coming = iter(page.sections)
    following = next(coming, None)
    path: list[Section] = []
    for block in page.blocks:
        while following is not None and following.start <= block.start:
            _leave(path, following.start)
            path.append(following)
            following = next(coming, None)
        _leave(path, block.start)
        yield block, tuple(path)


def _leave(path: list[Section], start: int) -> None:
    while len(path) > 1 and path[-1].end <= start:
        path.pop()
