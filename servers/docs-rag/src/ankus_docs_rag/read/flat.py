"""HTML that no tree can be made of, such as one of 10,000 levels: paragraphs of its visible text."""

from html.parser import HTMLParser

from ankus_docs_rag.read.markup import BLOCKS
from ankus_docs_rag.read.visible import collapse

_UNSEEN = frozenset({"script", "style", "template", "title", "noscript"})


class _Flat(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[list[str]] = [[]]
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.paragraphs[-1].append(data)

    def _break(self, tag: str) -> None:
        if (tag in BLOCKS or tag == "br") and self.paragraphs[-1]:
            self.paragraphs.append([])


def flat_paragraphs(text: str) -> list[str]:
    """The visible text, a paragraph for each stretch between the borders of blocks."""
    parser = _Flat()
    parser.feed(text)
    parser.close()
    lines = (collapse("".join(parts)).strip() for parts in parser.paragraphs)
    return [line for line in lines if line]
