"""SQL -> a page of statements, each with the comments in front of it, cut by PostgreSQL's own scanner."""

import re

import pglast
from pglast.parser import ParseError

from ankus_docs_rag.model import Page
from ankus_docs_rag.read.charset import decode
from ankus_docs_rag.read.compose import Composer
from ankus_docs_rag.read.text import add_paragraphs
from ankus_docs_rag.read.visible import clean
from ankus_docs_rag.read.where import Where

_PSQL = re.compile(r"^[^\S\n]*\\.*$", re.MULTILINE)
_REST = re.compile(r"\s*;[^\S\n]*(--[^\n]*)?")
_NO_LINE_END = re.compile(r"[^\n]")
_COPY_DATA = re.compile(
    r"^(copy\b[^;]{1,2000}\bfrom\s+stdin\b[^;]{0,2000};[^\S\n]*\n)(.*?^\\\.)[^\S\n]*$", re.I | re.M | re.S
)


def read_sql(data: bytes | str, where: Where) -> list[Page]:
    """The one page of a file of SQL: statements as code; paragraphs where the scanner fails.

    Lines of psql such as `\\connect` belong to the statement after them.

    Raises:
        BadSource: If it is binary or in an unknown charset.
    """
    text = clean(decode(data, where.path))
    composer = Composer()
    ends = _ends(text)
    if ends is None:
        add_paragraphs(composer, text)
    else:
        start = 0
        for end in ends:
            composer.add(text[start:end], "code")
            start = end
    return [composer.page(where, "", "sql")]


def _ends(text: str) -> list[int] | None:
    """Where each statement ends, its semicolon and what follows in its last line included."""
    copies = list(_COPY_DATA.finditer(text, 0, text.rfind("\n\\.") + len("\n\\.")))
    try:
        slices = pglast.split(_hidden(text, copies), with_parser=False, only_slices=True)
    except (ParseError, ValueError):
        return None
    data = {copy.end(1): copy.end() for copy in copies}
    ends = [_after(text, one.stop) for one in slices]
    return [*(data.get(end + 1, end) for end in ends), len(text)]


def _hidden(text: str, copies: list[re.Match[str]]) -> str:
    """The same length, without lines for psql and data of COPY, which are no SQL."""
    parts, start = [], 0
    for copy in copies:
        parts += [text[start : copy.end(1)], _NO_LINE_END.sub(" ", copy[2])]
        start = copy.end(2)
    return _PSQL.sub(lambda line: " " * len(line[0]), "".join([*parts, text[start:]]))


def _after(text: str, stop: int) -> int:
    """The end of a statement's line, where nothing but a comment stands after it."""
    rest = _REST.match(text, stop)
    return rest.end() if rest else stop
