"""Plain text -> a page of paragraphs; what could be a heading is not guessed."""

import re

from ankus_docs_rag.model import Page
from ankus_docs_rag.read.charset import decode
from ankus_docs_rag.read.compose import Composer
from ankus_docs_rag.read.visible import clean
from ankus_docs_rag.read.where import Where

_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n\s*")


def read_text(data: bytes | str, where: Where) -> list[Page]:
    """The one page of a plain text; paragraphs keep their lines.

    Raises:
        BadSource: If it is binary or in an unknown charset.
    """
    composer = Composer()
    add_paragraphs(composer, decode(data, where.path))
    return [composer.page(where, "", "text")]


def add_paragraphs(composer: Composer, text: str) -> None:
    """Add the paragraphs of a text."""
    for paragraph in paragraphs(text):
        composer.add(paragraph, "paragraph")


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, which empty lines divide."""
    return [one for one in _EMPTY_LINE.split(clean(text)) if one.strip()]
