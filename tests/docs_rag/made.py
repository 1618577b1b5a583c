"""Pages that are made by hand, as items of a source."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.ingest.items import Origin
from ankus_docs_rag.ingest.report import Report
from ankus_docs_rag.ingest.run import Means, ingest
from ankus_docs_rag.ingest.wish import Wish
from ankus_docs_rag.model import Alias, Block, Page, Section
from ankus_docs_rag.store.writer import Writer
from tests.docs_rag.embedders import WordEmbedder, WordTokenizer, opening


@dataclass(frozen=True)
class Made:
    """A file with these pages, or one that cannot be read."""

    path: str
    pages: tuple[Page, ...] = ()
    broken: str = ""

    @property
    def hash(self) -> bytes:
        """Of its pages."""
        return hashlib.sha256(repr(self).encode()).digest()

    def read(self) -> Sequence[Page]:
        """Its pages.

        Raises:
            BadSource: If it is broken.
        """
        if self.broken:
            raise BadSource(self.broken)
        return self.pages


def page(path: str, sections: Mapping[str, str], aliases: Sequence[Alias] = (), **more: str) -> Page:
    """A page of a section for each anchor; the section's title is its anchor."""
    text, found, blocks = "", [], []
    for anchor, body in sections.items():
        start = len(text)
        text += f"{anchor}\n\n{body}\n\n"
        blocks.append(Block(start, start + len(anchor), "heading", anchor))
        blocks.append(Block(start + len(anchor) + 2, len(text) - 2, "paragraph", anchor))
        found.append(Section(start, len(text) - 2, anchor, 1, anchor))
    text = text.rstrip("\n")
    whole = Section(0, len(text), path, 0)
    url = f"https://example.org/{path}"
    kind = "index" if aliases else "guide"
    parts = (tuple([whole, *found]), tuple(blocks))
    return Page(path, url, path, text, *parts, kind=kind, aliases=tuple(aliases), **more)  # type: ignore[arg-type]


def file(path: str, sections: Mapping[str, str], aliases: Sequence[Alias] = ()) -> Made:
    """A file of one such page."""
    return Made(path, (page(path, sections, aliases),))


def put(writer: Writer, items: Sequence[Made], *embedders: WordEmbedder, source: str = "made") -> Report:
    """Ingest them; by default with one embedder of words."""
    origin = Origin(Wish(source, "by hand"), items)
    load = opening(*(embedders or (WordEmbedder(),)))
    return ingest(origin, writer, Means(load, WordTokenizer), lambda *_: None)
