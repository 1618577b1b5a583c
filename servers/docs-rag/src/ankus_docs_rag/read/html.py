"""HTML -> a page: the visible text of its content, without navigation.

A page's own table of contents is navigation too: what it lists is said again by the headings.
"""

import datetime
from typing import Any

import lxml.html
from lxml import etree

from ankus_docs_rag.model import Page
from ankus_docs_rag.read import docbook
from ankus_docs_rag.read.charset import decode
from ankus_docs_rag.read.compose import Composer
from ankus_docs_rag.read.flat import flat_paragraphs
from ankus_docs_rag.read.language import short_code
from ankus_docs_rag.read.walk import Walker
from ankus_docs_rag.read.where import Where

_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator")
_DATES = ("article:published_time", "date", "dc.date", "dcterms.date", "dcterms.issued", "last-modified")


def read_html(data: bytes | str, where: Where, charset: str = "") -> list[Page]:
    """The one page of an HTML document.

    Raises:
        BadSource: If it is binary or in an unknown charset; an empty document is an empty page.
    """
    text = decode(data, where.path, charset)
    root = _parsed(text)
    if root is None:
        return [_flat(text, where)]
    about = _about(root)
    book = docbook.read_facts(root, where) if docbook.is_docbook(root) else None
    composer = Composer()
    Walker(composer, index=book is not None and bool(book.aliases)).walk(root)
    title = _title(root)
    if book is None:
        return [composer.page(where, title, "web", **about)]
    kind = docbook.kind_of(book, composer.blocks)
    more = {**about, "date": about["date"] or book.date, "aliases": book.aliases, "part_of": book.part_of}
    return [composer.page(where, title, kind, **more)]


def _parsed(text: str) -> etree._Element | None:
    """The tree; None where the document is nested more deeply than the parser goes."""
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    data = text.replace("\0", "").encode("utf-8", "replace")
    if not data.strip():
        return lxml.html.Element("html")
    try:
        root = lxml.html.document_fromstring(data, parser=parser)
    except etree.ParserError:
        return lxml.html.Element("html")
    deep = any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
    return None if deep else root


def _flat(text: str, where: Where) -> Page:
    composer = Composer()
    for paragraph in flat_paragraphs(text):
        composer.add(paragraph, "paragraph")
    return composer.page(where, "", "web")


def _title(root: etree._Element) -> str:
    found = root.find(".//head/title")
    return str(found.text_content()) if found is not None else ""


def _about(root: etree._Element) -> dict[str, Any]:
    """What the head of the document says of it."""
    metas = {
        (meta.get("name") or meta.get("property") or meta.get("http-equiv") or "").lower(): meta.get(
            "content"
        )
        or ""
        for meta in root.iterfind(".//meta")
    }
    author = next((metas[name] for name in _AUTHORS if metas.get(name)), "")
    dates = (_date(metas[name]) for name in _DATES if name in metas)
    language = short_code(root.get("lang") or metas.get("content-language") or "")
    return {"author": author, "date": next((one for one in dates if one), None), "language": language}


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
