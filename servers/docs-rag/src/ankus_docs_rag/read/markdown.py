"""Markdown (CommonMark and GitHub's tables) -> a page; anchors are those that GitHub makes of headings."""

import posixpath
import re
from collections.abc import Iterator

import lxml.html
from lxml import etree
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ankus_docs_rag.model import BlockKind, Page, PageKind
from ankus_docs_rag.read.charset import decode
from ankus_docs_rag.read.compose import Composer
from ankus_docs_rag.read.frontmatter import split_front_matter
from ankus_docs_rag.read.rows import Row
from ankus_docs_rag.read.text import add_paragraphs
from ankus_docs_rag.read.visible import collapse
from ankus_docs_rag.read.walk import Walker
from ankus_docs_rag.read.where import Where

_DEEPEST = 60
_OWN_ANCHOR = re.compile(r"\s*\{#([^\s{}]+)\}\s*$")
_ANCHOR_TAG = re.compile(r"""<[a-z]+\s[^>]*?(?:id|name)\s*=\s*["']?([^\s"'>]+)""", re.IGNORECASE)
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def read_markdown(data: bytes | str, where: Where) -> list[Page]:
    """The one page of a Markdown file; pictures and the front matter are no visible text.

    Raises:
        BadSource: If it is binary or in an unknown charset.
    """
    about, text = split_front_matter(decode(data, where.path))
    name = posixpath.basename(where.path).lower()
    kind: PageKind = "readme" if name.startswith("readme") else "guide"
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    tokens = parser.parse(text.replace("\0", ""))
    composer = Composer()
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        # the parser leaves out what is nested more deeply
        add_paragraphs(composer, text)
    else:
        _Writer(composer).write(tokens)
    return [composer.page(where, str(about.pop("title", "")), kind, **about)]


class _Writer:
    """Writes the parser's tokens into a composer."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._slugs: dict[str, int] = {}
        self._items: list[str] = []
        """For each item of a list around: its marker until its first block is written."""
        self._fresh = False
        self._row: Row | None = None
        self._anchor = ""

    def write(self, tokens: list[Token]) -> None:
        """Write all of them."""
        for place, token in enumerate(tokens):
            if token.type == "inline":
                self._write_inline(token, tokens[place - 1])
            elif token.type in ("fence", "code_block"):
                self._add(token.content, "code")
            elif token.type == "html_block":
                self._write_html(token.content)
            else:
                self._step(token)

    def _step(self, token: Token) -> None:
        if token.type == "list_item_open":
            self._items.append(f"{token.info}. " if token.info else "")
            self._fresh = True
        elif token.type == "list_item_close":
            self._items.pop()
            self._fresh = False
        elif token.type == "tr_open":
            self._row = Row()
        elif token.type in ("td_open", "th_open") and self._row is not None:
            self._row.start_cell(token.type == "th_open", None)
        elif token.type == "tr_close" and self._row is not None:
            row, self._row = self._row, None
            self._composer.add(row.text, "heading" if row.is_heading else "table_row")

    def _write_inline(self, token: Token, opening: Token) -> None:
        lines = "".join(self._visible(token.children or [])).split("\n")
        text = "\n".join(collapse(line).strip() for line in lines)
        if self._row is not None:
            self._row.write(text)
        elif opening.type == "heading_open":
            self._open_section(text, int(opening.tag[1:]))
        else:
            self._add(text, "paragraph")

    def _visible(self, tokens: list[Token]) -> Iterator[str]:
        """What is seen of a line: no addresses of links, no pictures, no tags."""
        begun = False
        for token in tokens:
            if token.type in ("text", "code_inline"):
                begun = begun or bool(token.content.strip())
                yield token.content
            elif token.type == "softbreak":
                yield " "
            elif token.type == "hardbreak" or (
                token.type == "html_inline" and _BREAK_TAG.match(token.content)
            ):
                yield "\n"
            elif token.type == "html_inline" and not begun:
                self._note_anchor(token.content)

    def _note_anchor(self, tag: str) -> None:
        found = _ANCHOR_TAG.match(tag)
        self._anchor = found[1] if found else self._anchor

    def _open_section(self, text: str, level: int) -> None:
        own = _OWN_ANCHOR.search(text)
        text = text[: own.start()] if own else text
        slug = self._slug(text)
        if self._items:
            self._add(text, "heading")
        else:
            self._composer.open(text, level, own[1] if own else self._anchor or slug)
        self._anchor = ""

    def _slug(self, text: str) -> str:
        slug = _NOT_IN_SLUG.sub("", text.strip().lower()).replace(" ", "-")
        count = self._slugs.get(slug, -1) + 1
        self._slugs[slug] = count
        return f"{slug}-{count}" if count else slug

    def _add(self, text: str, kind: BlockKind) -> None:
        if not text.strip():
            return
        if self._items and self._fresh and kind == "paragraph":
            kind = "list_item"
            text = "".join(self._items) + text
        if self._items:
            self._items = [""] * len(self._items)
        self._fresh = False
        self._composer.add(text, kind, self._anchor)
        self._anchor = ""

    def _write_html(self, html: str) -> None:
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        try:
            root = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
        except etree.ParserError:
            return
        Walker(self._composer).walk(root)
