"""Paragraphs, lists and code of one section, or of one long entry, as parts of a good length."""

from collections.abc import Iterator, Sequence

from ankus_docs_rag.chunk.limits import Limits
from ankus_docs_rag.model import Block

_SHORT = 60
_OPENING = frozenset({"heading", "term", "question"})


def parts(blocks: Sequence[Block], text: str, limits: Limits) -> Iterator[Sequence[Block]]:
    """The blocks in groups: one where they fit a passage, else several of about even length.

    A block that is longer than a passage is alone in its group.
    """
    if not blocks:
        return
    length = blocks[-1].end - blocks[0].start
    if length <= limits.passage:
        yield blocks
        return
    target = length / max(2, round(length / limits.part))
    group: list[Block] = []
    for atom in _atoms(blocks, text, limits.passage):
        if group and _is_full(group, atom, target, limits.passage):
            yield group
            group = []
        group += atom
    yield group


def _is_full(group: list[Block], atom: list[Block], target: float, most: int) -> bool:
    """Whether the group is better without the atom: too long with it, or nearer to the target."""
    before, after = group[-1].end - group[0].start, atom[-1].end - group[0].start
    return after > most or (after > target and after - target > target - before)


def _atoms(blocks: Sequence[Block], text: str, most: int) -> Iterator[list[Block]]:
    """Blocks that belong together, as far as they fit a passage; what opens something is never alone."""
    atom: list[Block] = []
    for block in blocks:
        start = atom[0].start if atom else block.start
        opens = bool(atom) and atom[-1].kind in _OPENING and atom[-1].end - start <= most
        fits = opens or block.end - start <= most
        if atom and not (fits and belongs(atom[-1], block, text)):
            yield atom
            atom = []
        atom.append(block)
    if atom:
        yield atom


def belongs(last: Block, block: Block, text: str) -> bool:
    """Whether a block goes on with the one before: under its heading, after its term or colon.

    The rest of a list item goes on with its beginning, code with the paragraph before it, and short items
    of a list with each other.
    """
    if last.kind in _OPENING or text[last.end - 1] == ":":
        return True
    if block.kind == "code":
        return last.kind != "code"
    if last.kind != "list_item":
        return False
    return block.kind == "paragraph" or (block.kind == "list_item" and last.end - last.start < _SHORT)
