"""What holds of every page that is read and of everything that is made of one."""

from collections.abc import Callable, Sequence

from ankus_docs_rag.chunk import Limits, chunk_page
from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.model import Block, Chunked, Page


def visible(text: str) -> str:
    """The characters that are seen, in their order."""
    return "".join(text.split())


def shown(page: Page) -> list[tuple[str, str]]:
    """Kind and text of each block."""
    return [(block.kind, quoted(page, block)) for block in page.blocks]


def quoted(page: Page, block: Block) -> str:
    """The text of a block."""
    return page.text[block.start : block.end]


def refusal(read: Callable[[], object]) -> BadSource | None:
    """The error of a source that is refused; any other error goes through."""
    try:
        read()
    except BadSource as error:
        return error
    return None


def words(texts: Sequence[str]) -> list[int]:
    """Counts as a tokenizer would: every five letters, or each sign, and two for the ends."""
    return [2 + sum(-(-len(word) // 5) for word in text.split()) for text in texts]


def check_page(page: Page) -> None:
    """Blocks are in order, hold all that is visible, and lie in sections that nest."""
    end, covered = 0, []
    for block in page.blocks:
        assert end <= block.start < block.end
        assert not page.text[end : block.start].strip()
        covered.append(page.text[block.start : block.end])
        end = block.end
    assert end == len(page.text)
    assert visible("".join(covered)) == visible(page.text)
    check_sections(page)
    page.text.encode()
    assert "\0" not in page.text


def check_sections(page: Page) -> None:
    """The first section is the page; each other one lies within those around it and begins with its title."""
    whole, *sections = page.sections
    assert (whole.start, whole.end, whole.level, whole.title) == (0, len(page.text), 0, page.title)
    around = [whole]
    for section in sections:
        while section.level <= around[-1].level:
            around.pop()
        assert section.level == around[-1].level + 1
        assert around[-1].start <= section.start < section.end <= around[-1].end
        assert " ".join(page.text[section.start : section.end].split()).startswith(section.title)
        around.append(section)


def check_chunked(chunked: Chunked, limits: Limits) -> None:
    """All that is visible is in passages and their pieces, nothing is too large, and it comes out again."""
    text, end = chunked.page.text, 0
    most = max(limits.tokens, limits.large_tokens)
    for passage in chunked.passages:
        assert not text[end : passage.start].strip()
        assert end <= passage.start < passage.end
        end, inner = passage.end, passage.start
        for piece in passage.pieces:
            assert inner <= piece.start < piece.end <= passage.end
            assert not text[inner : piece.start].strip()
            inner = piece.end
        assert not text[inner : passage.end].strip()
        assert all(count <= most for count in words([piece.embedded for piece in passage.pieces]))
    assert not text[end:].strip()
    assert chunk_page(chunked.page, limits, words) == chunked
